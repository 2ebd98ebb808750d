using System.Diagnostics;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>
/// Bytes between the members for each request, counted by relays that stand between them: messages, framing,
/// authentication and acknowledgements in both directions. What an idle cluster says anyway is taken off.
/// </summary>
internal sealed class WireStage(ComparisonOptions options, Findings findings)
{
    /// <summary>How often each session is read between two touches, where it is read now and then.</summary>
    private const int ReadsATouch = 20;

    /// <summary>For so many touches it is counted: ten seconds, in which copies are compared twice.</summary>
    private const int Touches = 5;

    /// <summary>One client alone takes its time, and each of its requests costs the same.</summary>
    private const int OneClientsShare = 10;

    /// <summary>Nodes touch each other's sessions as often as this while a session that is not used lives.</summary>
    private const int TouchesInATimeout = 20;

    private const string Section = "on the wire";

    /// <summary>The cluster that this measures: one whose nodes touch each other's sessions often.</summary>
    public ClusterSetup SetupOf(string mode) => options.SetupOf(mode) with
    {
        CountsWire = true,
        IdleTimeout = options.TouchInterval * TouchesInATimeout,
    };

    /// <summary>
    /// Measures a fresh cluster: sessions of a round before would end meanwhile, and that is said to all.
    /// </summary>
    public async Task MeasureAsync(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        double idle = await MeasureIdleAsync(cluster, cancellationToken);
        await MeasureReadsNowAndThenAsync(cluster, cancellationToken);
        foreach (LoadKind load in LoadKind.All)
        {
            await MeasureAsync(cluster, load, load.Name, options.Connections, idle, cancellationToken);
        }

        // Of one client alone each commit and each acknowledgement has a frame of its own.
        LoadKind write = LoadKind.Write1K;
        await MeasureAsync(cluster, write, $"{write.Name}, one client", 1, idle, cancellationToken);
    }

    private async Task<double> MeasureIdleAsync(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        await Task.Delay(options.TouchInterval, cancellationToken);
        double idle = await CountIdleAsync(cluster, options.Duration, cancellationToken);
        findings.Add(Section, "idle", "B/s", cluster.Mode, idle);
        return idle;
    }

    /// <returns>Bytes a second.</returns>
    private static async Task<double> CountIdleAsync(
        MeasuredCluster cluster, TimeSpan duration, CancellationToken cancellationToken)
    {
        long before = cluster.WireBytes;
        long start = Stopwatch.GetTimestamp();
        await Task.Delay(duration, cancellationToken);
        return (cluster.WireBytes - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>
    /// Reads as people do, and not as fast as can be: then it is seen that a session which is read is touched. What the
    /// same sessions cost while nobody reads them, as their copies are compared now and then, is no read's.
    /// </summary>
    private async Task MeasureReadsNowAndThenAsync(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        using OpenConnections open = Open(cluster, LoadKind.Read, options.Connections);
        await ReadAsync(cluster, open, touches: 1, cancellationToken);
        await Task.Delay(options.TouchInterval, cancellationToken);
        double idle = await CountIdleAsync(cluster, options.TouchInterval * Touches, cancellationToken);
        await ReadAsync(cluster, open, touches: 1, cancellationToken);
        long before = cluster.WireBytes;
        long start = Stopwatch.GetTimestamp();
        int reads = await ReadAsync(cluster, open, Touches, cancellationToken);
        double own = cluster.WireBytes - before - (idle * Stopwatch.GetElapsedTime(start).TotalSeconds);
        findings.Add(
            Section, $"read, {ReadsATouch} a touch interval", Measure.WireUnit, cluster.Mode, Math.Max(0, own / reads));
    }

    /// <returns>How many requests that were.</returns>
    private async Task<int> ReadAsync(
        MeasuredCluster cluster, OpenConnections open, int touches, CancellationToken cancellationToken)
    {
        var generator = new LoadGenerator(open.All);
        long start = Stopwatch.GetTimestamp();
        LoadResult? failed = null;
        int turns = touches * ReadsATouch;
        for (int turn = 1; turn <= turns; turn++)
        {
            LoadResult result = generator.RunCount(open.All.Count, cancellationToken);
            failed ??= result.Complaint is null ? null : result;
            TimeSpan early = (options.TouchInterval * turn / ReadsATouch) - Stopwatch.GetElapsedTime(start);
            await Task.Delay(early > TimeSpan.Zero ? early : TimeSpan.Zero, cancellationToken);
        }

        if (failed is not null)
        {
            findings.AddComplaint($"{cluster.Mode}, read now and then, on the wire", failed);
        }

        return turns * open.All.Count;
    }

    private async Task MeasureAsync(
        MeasuredCluster cluster,
        LoadKind load,
        string name,
        int clients,
        double idle,
        CancellationToken cancellationToken)
    {
        using OpenConnections open = Open(cluster, load, clients);
        var generator = new LoadGenerator(open.All);
        string what = $"{cluster.Mode}, {name}, on the wire";
        findings.AddComplaint(what, generator.RunCount(clients, cancellationToken));
        long before = cluster.WireBytes;
        long start = Stopwatch.GetTimestamp();
        LoadResult result = generator.RunCount(
            clients == 1 ? options.WireRequests / OneClientsShare : options.WireRequests, cancellationToken);
        findings.AddComplaint(what, result);

        // What is batched or acknowledged late, and that a session was read, belongs to the requests before it.
        await Task.Delay(options.TouchInterval, cancellationToken);
        double own = cluster.WireBytes - before - (idle * Stopwatch.GetElapsedTime(start).TotalSeconds);
        findings.Add(Section, name, Measure.WireUnit, cluster.Mode, Math.Max(0, own / result.Requests));
    }

    private static OpenConnections Open(MeasuredCluster cluster, LoadKind load, int clients) =>
        load.Open([.. cluster.Nodes.Select(static node => node.Port)], clients);
}
