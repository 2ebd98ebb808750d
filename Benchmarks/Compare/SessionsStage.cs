using System.Diagnostics;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>
/// Many sessions: how fast they are created, what they weigh, how long a kill leaves them unprotected, and whether it
/// has lost any.
/// </summary>
internal sealed class SessionsStage(ComparisonOptions options, Findings findings)
{
    private const string Section = "many sessions";
    private static readonly TimeSpan ProtectionPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(10);

    public async Task MeasureAsync(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        // The code is compiled, and the memory that it needs is there, before anything is counted.
        LoadResult warm = Create(cluster, options.Sessions / 10, cancellationToken);
        findings.AddComplaint($"{cluster.Mode}, creating the first", warm);
        MemoryInUse before = await cluster.CollectAsync(cancellationToken);
        long balancerBefore = await cluster.CollectBalancerAsync(cancellationToken);
        LoadResult created = Create(cluster, options.Sessions, cancellationToken);
        findings.AddComplaint($"{cluster.Mode}, creating", created);
        findings.Add(Section, "created", "1/s", cluster.Mode, created.RequestsPerSecond);
        await Task.Delay(options.Duration, cancellationToken);
        MemoryInUse used = await cluster.CollectAsync(cancellationToken) - before;
        long ofBalancer = await cluster.CollectBalancerAsync(cancellationToken) - balancerBefore;
        AddMemory("heap, nodes and store", cluster, used.Heap);
        AddMemory("resident, nodes and store", cluster, used.Resident);
        AddMemory("heap, balancer", cluster, ofBalancer);
        if (cluster.Nodes.Count > 2)
        {
            // One node that is left alone protects nothing.
            await MeasureKillAsync(cluster, warm.Requests + options.Sessions, cancellationToken);
        }
    }

    private void AddMemory(string name, MeasuredCluster cluster, long bytes) =>
        findings.Add(Section, name, Measure.MemoryUnit, cluster.Mode, (double)bytes / options.Sessions);

    private async Task MeasureKillAsync(MeasuredCluster cluster, int sessions, CancellationToken cancellationToken)
    {
        int[] ports = [.. cluster.Nodes.Select(static node => node.Port)];
        using var sample = new SampledSessions(ports);
        // The others hear of the death at once; that it is over here, with all of its memory given back, comes later.
        long killed = Stopwatch.GetTimestamp();
        cluster.Nodes[^1].Kill();
        await MeasureProtectionAsync(cluster, sessions + SampledSessions.Count, killed, cancellationToken);
        int lost = sample.CountLost(ports[..^1]);
        findings.Add(
            Section,
            $"lost after a kill, of {SampledSessions.Count} looked at",
            "sessions",
            cluster.Mode,
            lost);
        if (lost > 0 && cluster.Mode != Findings.Baseline)
        {
            findings.Failures.Add(
                $"{cluster.Mode}: {lost} of {SampledSessions.Count} sessions were lost with one node");
        }
    }

    private LoadResult Create(MeasuredCluster cluster, int count, CancellationToken cancellationToken)
    {
        // Connections without cookies: each request begins a session of its own.
        using var connections = new OpenConnections();
        for (int index = 0; index < options.Connections; index++)
        {
            connections.Open(cluster.Nodes[index % cluster.Nodes.Count].Port).Use(LoadKind.Write1K.Request);
        }

        return new LoadGenerator(connections.All).RunCount(count, cancellationToken);
    }

    /// <summary>How long it takes from the kill of a node on.</summary>
    private async Task MeasureProtectionAsync(
        MeasuredCluster cluster, int sessions, long killed, CancellationToken cancellationToken)
    {
        int left = cluster.Nodes.Count - 1;
        int copies = cluster.Mode switch
        {
            "delta" => left,
            "backup" => Math.Min(2, left),
            _ => 0,
        };
        if (copies < 2)
        {
            // Nothing is protected by another node, before or after.
            return;
        }

        // With every node as a holder, those that are left can never be as many as configured.
        bool canBeWhole = cluster.Mode != "delta";
        NodeSessionCounts held = new(0, 0);
        while (Stopwatch.GetElapsedTime(killed) < ProtectionPatience)
        {
            NodeReport?[] answers = await Task.WhenAll(
                cluster.Nodes.SkipLast(1).Select(node => cluster.ReadAsync(node, cancellationToken)));
            NodeReport[] reports = [.. answers.OfType<NodeReport>()];
            held = new(
                reports.Sum(static report => report.Sessions.Primary),
                reports.Sum(static report => report.Sessions.Backup));

            // A copy more than needed does no harm; it goes when its holder has asked for it.
            if (held.Primary == sessions && held.Backup >= sessions * (copies - 1)
                && !(canBeWhole && reports.Any(static report => report.Unprotected > 0)))
            {
                findings.Add(
                    Section,
                    "protected after a kill",
                    "s",
                    cluster.Mode,
                    Stopwatch.GetElapsedTime(killed).TotalSeconds);
                return;
            }

            await Task.Delay(ProbeInterval, cancellationToken);
        }

        findings.Failures.Add(
            $"{cluster.Mode}: of {sessions} sessions {held.Primary} are led and {held.Backup} backed up "
            + $"{ProtectionPatience.TotalSeconds:0} s after a kill");
    }
}
