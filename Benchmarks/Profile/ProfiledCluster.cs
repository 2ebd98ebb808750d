using SessionCluster.Benchmarks.Cluster;

namespace SessionCluster.Benchmarks.Profile;

/// <summary>A cluster with all that can stand before its nodes; it ends with this object.</summary>
internal sealed class ProfiledCluster : IDisposable
{
    /// <summary>Straight to the nodes, through the balancer, or through what stands in its place.</summary>
    public static readonly string[] AllWays = ["straight", "balancer", NoFailover, BareYarp];

    private const string NoFailover = "no-failover";
    private const string BareYarp = "bare-yarp";

    private readonly MeasuredCluster _cluster;
    private MemberProcess? _plain;
    private BareProxy? _bare;

    private ProfiledCluster(MeasuredCluster cluster) => _cluster = cluster;

    /// <summary>What it is called in the report.</summary>
    public string Mode => _cluster.Root is null ? _cluster.Mode : $"{_cluster.Mode}-before";

    public IReadOnlyList<MemberProcess> Nodes => _cluster.Nodes;

    public MemberProcess Balancer => _cluster.Balancer;

    /// <summary>Every process of it.</summary>
    public IReadOnlyList<MemberProcess> All =>
        [.. _cluster.All, .. _plain is null ? [] : new[] { _plain }, .. _bare is null ? [] : new[] { _bare.Process }];

    /// <summary>Starts what the ways need, and waits until it is ready.</summary>
    public static async Task<ProfiledCluster> StartAsync(
        ClusterSetup setup, IReadOnlyList<string> ways, CancellationToken cancellationToken)
    {
        var cluster = new ProfiledCluster(await MeasuredCluster.StartAsync(setup, cancellationToken));
        try
        {
            cluster._plain = ways.Contains(NoFailover)
                ? await PlainBalancer.StartAsync(cluster._cluster, cancellationToken)
                : null;
            cluster._bare = ways.Contains(BareYarp)
                ? await BareProxy.StartAsync(cluster._cluster, cancellationToken)
                : null;
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>What stands before the nodes on this way; null where nothing does.</summary>
    public MemberProcess? ProxyOf(string way) => way switch
    {
        NoFailover => _plain,
        BareYarp => _bare?.Process,
        "balancer" => Balancer,
        _ => null,
    };

    /// <summary>Where clients connect to on this way.</summary>
    public IReadOnlyList<int> PortsOf(string way) =>
        ProxyOf(way) is { } proxy ? [proxy.Port] : [.. Nodes.Select(static node => node.Port)];

    public void Dispose()
    {
        _bare?.Dispose();
        _plain?.Dispose();
        _cluster.Dispose();
    }
}
