using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Members;

namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>Four nodes and the balancer, each in a network namespace of its own.</summary>
internal sealed class PartitionedCluster : MemberCluster
{
    private const int HttpPort = 8080;
    private const int Http2Port = 8082;
    private const int ReplicationPort = 7000;
    private static readonly string[] Members = [.. RunningCluster.NodeNames, Balancer];

    private PartitionedCluster(NetworkNamespaces network, (string Name, string Value)[] settings)
        : base(Members.ToDictionary(member => member, member => PlaceIn(network, member)), settings) =>
            Network = network;

    public NetworkNamespaces Network { get; }

    /// <summary>Starts it, and waits until it is whole.</summary>
    /// <param name="settings">Of every member, for example <c>Replication__PartitionPolicy</c>.</param>
    public static async Task<PartitionedCluster> StartAsync(params (string Name, string Value)[] settings)
    {
        var cluster = new PartitionedCluster(await NetworkNamespaces.CreateAsync(Members), settings);
        try
        {
            await cluster.StartAsync(Members);
            await cluster.WholeAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until every node serves, and all in one view, in which the balancer is too.</summary>
    public Task WholeAsync() => ServeAsync([.. RunningCluster.NodeNames]);

    /// <summary>How many views there have been.</summary>
    public async Task<long> ViewAsync()
    {
        var pages = await PagesAsync();
        return pages.Max(page => page?.View ?? 0);
    }

    /// <summary>How many values gave way in merges, as the nodes count them.</summary>
    public async Task<long> OverwrittenAsync()
    {
        var pages = await PagesAsync();
        return pages.Sum(page => page?.Overwritten ?? 0);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Network.DisposeAsync();
    }

    private static Place PlaceIn(NetworkNamespaces network, string member) =>
        new(network.NamespaceOf(member), network.AddressOf(member), HttpPort, Http2Port, ReplicationPort);

    private Task<NodePage?[]> PagesAsync() => Task.WhenAll(RunningCluster.NodeNames.Select(TryAskAsync));
}
