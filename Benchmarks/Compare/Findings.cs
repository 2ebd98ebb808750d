namespace SessionCluster.Benchmarks.Compare;

/// <summary>All samples of one measure, by mode.</summary>
/// <param name="Section">What was done, for example a load and the way that it took.</param>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">The unit of the samples.</param>
/// <param name="Samples">Mode → one sample a round.</param>
internal sealed record Measure(string Section, string Name, string Unit, Dictionary<string, List<double>> Samples)
{
    /// <summary>The summary of a mode; null where the mode has no such measure.</summary>
    public Summary? Of(string mode) =>
        Samples.TryGetValue(mode, out List<double>? samples) ? Summary.Of(samples) : null;

    /// <summary>The unit of what a request costs on the wire.</summary>
    public const string WireUnit = "B/request";

    /// <summary>
    /// What a base must come to: a ratio to next to nothing would say nothing. On the wire that is less than a byte: so
    /// much of what idle members say anyway may be left where it is taken off.
    /// </summary>
    private double SmallestBase => Unit == WireUnit ? 1 : 0.005;

    /// <summary>
    /// The median of a mode over that of <c>none</c>; null where either is missing, or that one next to nothing.
    /// </summary>
    public double? Ratio(string mode) =>
        Of(Findings.Baseline) is { } baseline && baseline.Median >= SmallestBase && Of(mode) is { } own
            ? own.Median / baseline.Median
            : null;
}

/// <summary>What several rounds brought together.</summary>
internal readonly record struct Summary(double Median, double Minimum, double Maximum)
{
    public static Summary Of(IReadOnlyCollection<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        int half = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
        return new Summary(median, sorted[0], sorted[^1]);
    }
}

/// <summary>Everything that a run has measured.</summary>
internal sealed class Findings(IReadOnlyList<string> modes)
{
    /// <summary>What the others are compared with.</summary>
    public const string Baseline = "none";

    private readonly List<Measure> _measures = [];

    public IReadOnlyList<string> Modes { get; } = modes;

    public IReadOnlyList<Measure> Measures => _measures;

    /// <summary>Answers that were no success; a run with any of them has measured something else.</summary>
    public List<string> Failures { get; } = [];

    public void Add(string section, string name, string unit, string mode, double sample)
    {
        Measure? measure = _measures.Find(measure => measure.Section == section && measure.Name == name);
        if (measure is null)
        {
            measure = new Measure(section, name, unit, []);
            _measures.Add(measure);
        }

        if (!measure.Samples.TryGetValue(mode, out List<double>? samples))
        {
            measure.Samples[mode] = samples = [];
        }

        samples.Add(sample);
    }
}
