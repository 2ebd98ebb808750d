using System.Globalization;
using System.Text.RegularExpressions;
using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Telemetry;

namespace SessionCluster.Tests.Faults;

/// <summary>
/// How many sessions members have called lost since this was begun, in their logs and in what they count.
/// </summary>
internal sealed partial class LossesTold
{
    private const string Measure = "session_cluster.lost";

    private readonly RunningCluster _cluster;
    private readonly MetricsReceiver _metrics;
    private readonly long _countedBefore;
    private readonly Dictionary<string, int> _toldBefore = [];

    private LossesTold(RunningCluster cluster, MetricsReceiver metrics) =>
        (_cluster, _metrics, _countedBefore) = (cluster, metrics, metrics.SumOf(Measure));

    /// <summary>Begins.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="metrics">Where its members send what they count.</param>
    /// <param name="members">Those that will be alive throughout.</param>
    public static async Task<LossesTold> SinceNowAsync(
        RunningCluster cluster, MetricsReceiver metrics, params IEnumerable<string> members)
    {
        var losses = new LossesTold(cluster, metrics);
        foreach (var member in members)
        {
            losses._toldBefore[member] = await losses.ToldAsync(member);
        }

        return losses;
    }

    /// <summary>
    /// Waits until each of the members has told that so many are lost, and the cluster has counted them once.
    /// </summary>
    public async Task EqualAsync(int lost)
    {
        foreach (var (member, before) in _toldBefore)
        {
            await Eventually.SeeAsync(
                $"{lost} sessions lost in what {member} writes", Patience.Request,
                async () => await ToldAsync(member) - before, told => told == lost);
        }

        await Eventually.SeeAsync(
            $"{lost} more in {Measure}", Patience.Request,
            () => Task.FromResult(_metrics.SumOf(Measure) - _countedBefore), counted => counted == lost);
    }

    private async Task<int> ToldAsync(string member) => (await _cluster.OutputOfAsync(member))
        .Select(line => LostLine().Match(line))
        .Where(match => match.Success)
        .Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex("([0-9]+) sessions are lost")]
    private static partial Regex LostLine();
}
