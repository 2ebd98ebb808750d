using System.Globalization;

namespace SessionCluster.Benchmarks.Load;

/// <summary>What one run of the load brought.</summary>
internal sealed class LoadResult
{
    private readonly List<double> _sorted;

    public LoadResult(List<double> latenciesMs, IReadOnlyDictionary<int, long> failures, TimeSpan elapsed)
    {
        _sorted = latenciesMs;
        _sorted.Sort();
        Failures = failures;
        Elapsed = elapsed;
    }

    public int Requests => _sorted.Count;

    /// <summary>Status → how many answers had it, of those that were no success.</summary>
    public IReadOnlyDictionary<int, long> Failures { get; }

    /// <summary>What failed, for people; nothing where nothing did.</summary>
    public string? Complaint => Failures.Count == 0
        ? null
        : string.Join(
            ", ",
            Failures.OrderBy(static pair => pair.Key)
                .Select(static pair => $"{pair.Value} answers had status {pair.Key}"))
          + string.Create(CultureInfo.InvariantCulture, $"; the slowest took {LatencyMs(1):0} ms");

    public TimeSpan Elapsed { get; }

    public double RequestsPerSecond => Requests / Elapsed.TotalSeconds;

    /// <summary>The latency that this share of the requests did not exceed, in milliseconds.</summary>
    /// <param name="share">From 0 to 1.</param>
    public double LatencyMs(double share) =>
        Requests == 0 ? double.NaN : _sorted[Math.Min(Requests - 1, (int)(share * Requests))];
}
