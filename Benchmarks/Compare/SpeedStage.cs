using System.Diagnostics;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>Requests a second, latency and processor time, straight to the nodes and through the balancer.</summary>
internal sealed class SpeedStage(ComparisonOptions options, Findings findings)
{
    public void WarmUp(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        foreach (LoadKind load in LoadKind.All)
        {
            foreach (IReadOnlyList<MemberProcess> targets in Routes(cluster).Values)
            {
                Run(cluster, load, targets, options.WarmUp / 2, cancellationToken);
            }
        }
    }

    public async Task MeasureAsync(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        foreach (LoadKind load in LoadKind.All)
        {
            foreach ((string route, IReadOnlyList<MemberProcess> targets) in Routes(cluster))
            {
                TimeSpan before = cluster.ProcessorTime;
                LoadResult result = Run(cluster, load, targets, options.Duration, cancellationToken);
                TimeSpan used = cluster.ProcessorTime - before;
                string section = $"{load.Name}, {route}";
                findings.Add(section, "requests", "1/s", cluster.Mode, result.RequestsPerSecond);
                findings.Add(section, "p50", "ms", cluster.Mode, result.LatencyMs(0.5));
                findings.Add(section, "p99", "ms", cluster.Mode, result.LatencyMs(0.99));
                findings.Add(section, "CPU", "µs/request", cluster.Mode, used.TotalMicroseconds / result.Requests);
            }
        }

        await MeasureIdleAsync(cluster, cancellationToken);
    }

    /// <summary>The ways that a request can take.</summary>
    private static Dictionary<string, IReadOnlyList<MemberProcess>> Routes(MeasuredCluster cluster) => new()
    {
        ["straight"] = cluster.Nodes,
        ["balancer"] = [cluster.Balancer],
    };

    private LoadResult Run(
        MeasuredCluster cluster,
        LoadKind load,
        IReadOnlyList<MemberProcess> targets,
        TimeSpan duration,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<LoadConnection> connections = load.Open(targets, options.Connections);
        try
        {
            LoadResult result = new LoadGenerator(connections).RunFor(duration, cancellationToken);
            if (result.Failures > 0)
            {
                findings.Failures.Add($"{cluster.Mode}, {load.Name}: {result.Failures} answers were no success");
            }

            return result;
        }
        finally
        {
            foreach (LoadConnection connection in connections)
            {
                connection.Dispose();
            }
        }
    }

    private async Task MeasureIdleAsync(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        TimeSpan before = cluster.ProcessorTime;
        long start = Stopwatch.GetTimestamp();
        await Task.Delay(options.Duration, cancellationToken);
        double share = (cluster.ProcessorTime - before) / Stopwatch.GetElapsedTime(start);
        findings.Add("idle", "CPU of all", "% of a core", cluster.Mode, share * 100);
    }
}
