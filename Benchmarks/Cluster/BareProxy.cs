using System.Globalization;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary>
/// YARP with nothing of ours in it, before the nodes of a cluster that has a balancer of ours as well; server, sockets,
/// logs, runtime and the version of HTTP to the nodes are set up as the balancer's. It keeps each client at its node by
/// YARP's own cookie, as sessions of <c>none</c> need it.
/// </summary>
internal sealed class BareProxy : IDisposable
{
    /// <summary>Its column in the report.</summary>
    public const string Name = "bare YARP";

    private const string Route = "ReverseProxy__Routes__all__";
    private const string Cluster = "ReverseProxy__Clusters__nodes__";
    private const string Affinity = Cluster + "SessionAffinity__";

    private readonly MeasuredCluster _cluster;
    private readonly MemberProcess _process;

    private BareProxy(MeasuredCluster cluster)
    {
        _cluster = cluster;
        var settings = new Dictionary<string, string>
        {
            [Route + "ClusterId"] = "nodes",
            [Route + "Match__Path"] = "{**all}",
            [Affinity + "Enabled"] = "true",
            [Affinity + "Policy"] = "HashCookie",
            [Affinity + "AffinityKeyName"] = "node",
            [Cluster + "HttpRequest__Version"] = "2",
            [Cluster + "HttpRequest__VersionPolicy"] = "RequestVersionExact",
        };
        foreach (MemberProcess node in cluster.Nodes)
        {
            settings[$"{Cluster}Destinations__{node.Name}__Address"] =
                string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{cluster.Http2PortOf(node)}");
        }

        _process = new MemberProcess(Name, "BareProxy", FreePorts.Next(), settings, cluster.Root);
    }

    /// <summary>Where it serves HTTP, on the loopback interface.</summary>
    public int Port => _process.Port;

    public MemberProcess Process => _process;

    /// <summary>The processor time that it and the nodes have used together.</summary>
    public TimeSpan ProcessorTime => _cluster.Nodes.Aggregate(
        _process.ProcessorTime, static (sum, node) => sum + node.ProcessorTime);

    /// <summary>Starts it, and waits until it listens.</summary>
    /// <param name="cluster">Whose nodes it stands before.</param>
    /// <param name="cancellationToken">Ends what was started, and throws.</param>
    public static async Task<BareProxy> StartAsync(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        var proxy = new BareProxy(cluster);
        try
        {
            using var http = new HttpClient();
            await proxy._process.UntilReadyAsync(http, cancellationToken);
            return proxy;
        }
        catch
        {
            proxy.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="MemberProcess.WatchAsync"/>
    public Task WatchAsync(Action work) => MemberProcess.WatchAsync([.. _cluster.Nodes, _process], () =>
    {
        work();
        return Task.CompletedTask;
    });

    public void Dispose() => _process.Dispose();
}
