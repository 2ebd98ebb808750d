using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>All samples of one measure, by mode.</summary>
/// <param name="Section">What was done, for example a load and the way that it took.</param>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">The unit of the samples.</param>
/// <param name="Samples">Mode → round → its sample.</param>
internal sealed record Measure(
    string Section, string Name, string Unit, Dictionary<string, SortedDictionary<int, double>> Samples)
{
    /// <summary>The summary of a mode; null where the mode has no such measure.</summary>
    public Summary? Of(string mode) =>
        Samples.TryGetValue(mode, out SortedDictionary<int, double>? samples) ? Summary.Of(samples.Values) : null;

    /// <summary>The unit of what a request costs on the wire.</summary>
    public const string WireUnit = "B/request";

    /// <summary>The unit of what a session weighs.</summary>
    public const string MemoryUnit = "B/session";

    /// <summary>
    /// What a base must come to: a ratio to next to nothing would say nothing. On the wire that is less than a byte: so
    /// much of what idle members say anyway may be left where it is taken off. In memory it is less than a location
    /// takes: by so much a heap wavers that keeps nothing of a session.
    /// </summary>
    private double SmallestBase => Unit switch
    {
        WireUnit => 1,
        MemoryUnit => 50,
        _ => 0.005,
    };

    /// <summary>
    /// What a mode came to over what <c>none</c> came to in the same round: what slows the machine down for minutes
    /// slows both. Null where either is missing, or that of <c>none</c> is next to nothing.
    /// </summary>
    public Summary? Ratio(string mode)
    {
        if (Of(Findings.Baseline) is not { } baseline || baseline.Median < SmallestBase || Of(mode) is null)
        {
            return null;
        }

        SortedDictionary<int, double> bases = Samples[Findings.Baseline];
        double[] ratios =
        [
            .. Samples[mode].Where(sample => bases.GetValueOrDefault(sample.Key) >= SmallestBase)
                .Select(sample => sample.Value / bases[sample.Key]),
        ];
        return ratios.Length == 0 ? null : Summary.Of(ratios);
    }
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

    /// <summary>The last lines of members that were not there as they should have been.</summary>
    public List<string> Output { get; } = [];

    /// <summary>What was thrown, with its stack, for who looks for the cause.</summary>
    public List<string> Exceptions { get; } = [];

    /// <summary>The round that is measured; samples are of it.</summary>
    public int Round { get; set; } = 1;

    /// <summary>Notes what was thrown.</summary>
    /// <param name="doing">What was done.</param>
    /// <param name="failure">What came of it. What is not foreseen is told with its type.</param>
    public void AddFailure(string doing, Exception failure)
    {
        Failures.Add(LineOf(doing, failure));
        Exceptions.Add(failure.ToString());
        if (failure is MemberException ofMember)
        {
            Output.Add(ofMember.Output);
        }
    }

    /// <inheritdoc cref="AddFailure"/>
    /// <returns>One line about it.</returns>
    public static string LineOf(string doing, Exception failure)
    {
        string type = failure is MemberException ? "" : $"{failure.GetType().Name}: ";
        return $"{doing}: {type}{failure.Message.Split('\n')[0].TrimEnd('.', '\r')}";
    }

    /// <summary>Notes the answers that were no success, where there are any.</summary>
    public void AddComplaint(string doing, LoadResult result)
    {
        if (result.Complaint is { } complaint)
        {
            Failures.Add($"{doing}: {complaint}");
        }
    }

    public void Add(string section, string name, string unit, string mode, double sample)
    {
        Measure? measure = _measures.Find(measure => measure.Section == section && measure.Name == name);
        if (measure is null)
        {
            measure = new Measure(section, name, unit, []);
            _measures.Add(measure);
        }

        if (!measure.Samples.TryGetValue(mode, out SortedDictionary<int, double>? samples))
        {
            measure.Samples[mode] = samples = [];
        }

        samples[Round] = sample;
    }
}
