using System.Diagnostics;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>Requests a second, latency and processor time, straight to the nodes and through the balancer.</summary>
internal sealed class SpeedStage(ComparisonOptions options, Findings findings)
{
    private const string Straight = "straight";
    private const string Balancer = "balancer";

    public void WarmUp(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        foreach (LoadKind load in LoadKind.All)
        {
            foreach (IReadOnlyList<int> ports in Routes(cluster).Values)
            {
                Run(cluster.Mode, load, ports, options.WarmUp / 2, cancellationToken);
            }
        }
    }

    public void WarmUp(OtherCluster cluster, CancellationToken cancellationToken)
    {
        foreach (IReadOnlyList<int> ports in Routes(cluster.NodePorts, cluster.BalancerPort).Values)
        {
            Run(cluster.Name, LoadKind.Write1KAt(cluster.Path), ports, options.WarmUp, cancellationToken);
        }
    }

    public void WarmUp(BareProxy proxy, CancellationToken cancellationToken)
    {
        foreach (LoadKind load in LoadKind.All)
        {
            Run(BareProxy.Name, load, [proxy.Port], options.WarmUp / 2, cancellationToken);
        }
    }

    public void Measure(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        foreach (LoadKind load in LoadKind.All)
        {
            foreach ((string route, IReadOnlyList<int> ports) in Routes(cluster))
            {
                Measure(cluster.Mode, load, route, ports, () => cluster.ProcessorTime, cancellationToken);
            }
        }
    }

    /// <summary>Of all clusters at the same time, when what the load has left to do is done.</summary>
    public async Task MeasureIdleAsync(
        IReadOnlyList<MeasuredCluster> clusters, CancellationToken cancellationToken)
    {
        await Task.Delay(options.Rest, cancellationToken);
        var began = clusters.ToDictionary(
            static cluster => cluster, static cluster => (Used: cluster.ProcessorTime, At: Stopwatch.GetTimestamp()));
        await Task.Delay(options.Idleness, cancellationToken);
        foreach ((MeasuredCluster cluster, (TimeSpan used, long at)) in began)
        {
            double share = (cluster.ProcessorTime - used) / Stopwatch.GetElapsedTime(at);
            try
            {
                await cluster.WatchAsync(static () => { });
                findings.Add("idle", "CPU of all", "% of a core", cluster.Mode, share * 100);
            }
            catch (MemberException ended)
            {
                findings.AddFailure($"{cluster.Mode}: idle", ended);
            }
        }
    }

    /// <summary>
    /// In the place of the balancer, before the same nodes: the difference is what ours adds to YARP.
    /// </summary>
    public void Measure(BareProxy proxy, CancellationToken cancellationToken)
    {
        foreach (LoadKind load in LoadKind.All)
        {
            Measure(BareProxy.Name, load, Balancer, [proxy.Port], () => proxy.ProcessorTime, cancellationToken);
        }
    }

    /// <summary>Only writes of 1 KiB, and no processor time: what it is made of is not known here.</summary>
    public void Measure(OtherCluster cluster, CancellationToken cancellationToken)
    {
        var load = LoadKind.Write1KAt(cluster.Path);
        foreach ((string route, IReadOnlyList<int> ports) in Routes(cluster.NodePorts, cluster.BalancerPort))
        {
            Add(
                SectionOf(load, route),
                cluster.Name,
                Run(cluster.Name, load, ports, options.Duration, cancellationToken));
        }
    }

    public static string SectionOf(LoadKind load, string route) => $"{load.Name}, {route}";

    private static Dictionary<string, IReadOnlyList<int>> Routes(MeasuredCluster cluster) =>
        Routes([.. cluster.Nodes.Select(static node => node.Port)], cluster.Balancer.Port);

    /// <summary>The ways that a request can take.</summary>
    private static Dictionary<string, IReadOnlyList<int>> Routes(IReadOnlyList<int> nodes, int balancer) => new()
    {
        [Straight] = nodes,
        [Balancer] = [balancer],
    };

    private void Measure(
        string column,
        LoadKind load,
        string route,
        IReadOnlyList<int> ports,
        Func<TimeSpan> processorTime,
        CancellationToken cancellationToken)
    {
        TimeSpan before = processorTime();
        LoadResult result = Run(column, load, ports, options.Duration, cancellationToken);
        TimeSpan used = processorTime() - before;
        string section = SectionOf(load, route);
        Add(section, column, result);
        findings.Add(section, "CPU", "µs/request", column, used.TotalMicroseconds / result.Requests);
    }

    private void Add(string section, string column, LoadResult result)
    {
        findings.Add(section, "requests", "1/s", column, result.RequestsPerSecond);
        findings.Add(section, "p50", "ms", column, result.LatencyMs(0.5));
        findings.Add(section, "p99", "ms", column, result.LatencyMs(0.99));
    }

    private LoadResult Run(
        string column,
        LoadKind load,
        IReadOnlyList<int> ports,
        TimeSpan duration,
        CancellationToken cancellationToken)
    {
        using OpenConnections connections = load.Open(ports, options.Connections);
        LoadResult result = new LoadGenerator(connections.All).RunFor(duration, cancellationToken);
        findings.AddComplaint($"{column}, {load.Name}", result);
        return result;
    }
}
