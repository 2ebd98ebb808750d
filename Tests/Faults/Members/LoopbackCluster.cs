using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Faults.Members;

/// <summary>Members on this machine's own address, none of them started yet.</summary>
/// <param name="partitionPolicy">The policy of all of them.</param>
/// <param name="nodes">All nodes that there may be.</param>
internal sealed class LoopbackCluster(string partitionPolicy, params string[] nodes) : MemberCluster(
    nodes.Append(Balancer).ToDictionary(member => member, _ => NewPlace()),
    ("Replication__PartitionPolicy", partitionPolicy))
{
    /// <summary>
    /// Waits until these nodes serve, all in one view, and the balancer sends requests to each of them.
    /// </summary>
    public async Task OpenAsync(params string[] nodes)
    {
        await ServeAsync(nodes);
        await UpAsync(nodes);
    }

    /// <summary>The same, whoever else may be in the view.</summary>
    public async Task ReadyAsync(params string[] nodes)
    {
        await Eventually.SeeAsync(
            $"{string.Join(", ", nodes)} ready",
            Patience.ClusterStart,
            async () => await Task.WhenAll(nodes.Select(TryAskAsync)),
            static pages => pages.All(static page => page is { Ready: true }));
        await UpAsync(nodes);
    }

    private Task<NodesPage?> UpAsync(string[] nodes) => Eventually.SeeAsync(
        $"{string.Join(", ", nodes)} up on the balancer's page",
        Patience.Protection,
        TryShowAsync,
        page => page is not null && nodes.All(node => page[node].IsUp));

    private async Task<NodesPage?> TryShowAsync()
    {
        try
        {
            return await Table.NodesAsync();
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return null;
        }
    }

    private static Place NewPlace() => new(null, "127.0.0.1", FreePorts.Next(), FreePorts.Next(), FreePorts.Next());
}
