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

    /// <summary>Also how much memory its nodes allocate for a request.</summary>
    public async Task MeasureAsync(MeasuredCluster cluster, SpeedPlace place, CancellationToken cancellationToken)
    {
        long? before = await cluster.AllocatedAsync(cancellationToken);
        LoadResult result = Measure(
            cluster.Mode, place, Routes(cluster)[place.Route], () => cluster.ProcessorTime, cancellationToken);
        if (await cluster.AllocatedAsync(cancellationToken) - before is { } allocated)
        {
            double each = (double)allocated / result.Requests;
            findings.Add(place.Section, "allocated by nodes", "B/request", cluster.Mode, each);
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
    public void Measure(BareProxy proxy, SpeedPlace place, CancellationToken cancellationToken) =>
        Measure(BareProxy.Name, place, [proxy.Port], () => proxy.ProcessorTime, cancellationToken);

    /// <summary>No processor time: what it is made of is not known here.</summary>
    public void Measure(OtherCluster cluster, SpeedPlace place, CancellationToken cancellationToken)
    {
        IReadOnlyList<int> ports = Routes(cluster.NodePorts, cluster.BalancerPort)[place.Route];
        var load = LoadKind.Write1KAt(cluster.Path);
        Add(place.Section, cluster.Name, Run(cluster.Name, load, ports, options.Duration, cancellationToken));
    }

    private static Dictionary<string, IReadOnlyList<int>> Routes(MeasuredCluster cluster) =>
        Routes([.. cluster.Nodes.Select(static node => node.Port)], cluster.Balancer.Port);

    /// <summary>The ways that a request can take.</summary>
    private static Dictionary<string, IReadOnlyList<int>> Routes(IReadOnlyList<int> nodes, int balancer) => new()
    {
        [SpeedPlace.Straight] = nodes,
        [SpeedPlace.Balancer] = [balancer],
    };

    private LoadResult Measure(
        string column,
        SpeedPlace place,
        IReadOnlyList<int> ports,
        Func<TimeSpan> processorTime,
        CancellationToken cancellationToken)
    {
        TimeSpan before = processorTime();
        LoadResult result = Run(column, place.Load, ports, options.Duration, cancellationToken);
        TimeSpan used = processorTime() - before;
        Add(place.Section, column, result);
        findings.Add(place.Section, "CPU", "µs/request", column, used.TotalMicroseconds / result.Requests);
        return result;
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
