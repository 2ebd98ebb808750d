using System.Globalization;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary>
/// A second balancer of ours before the same nodes, with failover switched off: between it and bare YARP lies what the
/// rest of ours costs, and between it and the balancer what failover costs. It is no member.
/// </summary>
internal static class PlainBalancer
{
    /// <summary>Starts it, and waits until it listens; whoever gets it ends it.</summary>
    /// <param name="cluster">Whose nodes it stands before.</param>
    /// <param name="cancellationToken">Ends what was started, and throws.</param>
    public static async Task<MemberProcess> StartAsync(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string> { ["Balancer__Failover"] = "false" };
        foreach (MemberProcess node in cluster.Nodes)
        {
            settings[$"Balancer__Nodes__{node.Name}"] =
                string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{node.Port}");
            settings[$"Balancer__Http2__{node.Name}"] =
                string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{cluster.Http2PortOf(node)}");
        }

        var process = new MemberProcess(
            "balancer without failover", "Balancer", FreePorts.Next(), settings, cluster.Root);
        try
        {
            using var http = new HttpClient();
            await process.UntilReadyAsync(http, cancellationToken);
            return process;
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }
}
