using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;
using SessionCluster.Tests.Faults.Members;

namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>
/// A node that runs is cut off until the others have gone on without it. It comes back by itself, as the process that it
/// was; in the networks of both policies at the same time.
/// </summary>
[Collection(nameof(PartitionClusters))]
public sealed class EvictionScenes(MajorityPartitionFixture majority, AvailablePartitionFixture available)
{
    [Fact]
    public Task A_node_that_was_excluded_though_it_runs_comes_back_as_the_same_process_and_nothing_is_lost() =>
        BothPolicies.PlayAsync(
            majority.Cluster, available.Cluster, cluster => new Eviction(cluster).ExcludeAndComeBackAsync());
}

/// <summary>What <see cref="EvictionScenes"/> do to one cluster.</summary>
internal sealed class Eviction(PartitionedCluster cluster) : CutScenes
{
    /// <summary>What a node writes that finds itself excluded.</summary>
    private const string Excluded = "without this node";

    private const string Wronged = "node3";
    private static readonly string[] Others = ["node1", "node2", "node4"];

    private protected override PartitionedCluster Cluster => cluster;

    public async Task ExcludeAndComeBackAsync()
    {
        // Where sides serve on their own, two of them would write one register.
        await using var writers = new Writers()
            .StartBaskets(WritersAt(Others), 3, Cluster.DoorsOf(Others))
            .StartBaskets(WritersAt(Wronged), 3, Cluster.DoorsOf(Wronged));
        await AllHaveSessionsAsync(writers);
        var overwritten = await Cluster.OverwrittenAsync();
        var before = await PageOfAsync(Wronged);
        var written = Cluster.OutputOf(Wronged).Count;

        await Cluster.Network.PartitionAsync([.. Others, Balancer], [Wronged]);
        await Eventually.SeeAsync(
            $"a later view without {Wronged}", Patience.Protection,
            () => Task.WhenAll(Others.Select(PageOfAsync)),
            pages => pages.All(page => page.Ready && page.View > before.View && page.Members == Others.Length + 1));
        await HealAsync();

        var after = await PageOfAsync(Wronged);
        Assert.Equal((before.ProcessId, before.Incarnation), (after.ProcessId, after.Incarnation));
        Assert.Contains(
            Cluster.OutputOf(Wronged).Skip(written), line => line.Contains(Excluded, StringComparison.Ordinal));

        var back = Ledger.Now;
        await Eventually.SeeAsync(
            $"all who write at {Wronged} served again", Patience.Request, () => Task.FromResult(Ledger.Now),
            now => writers.Ledger.LongestGap(WritersAt(Wronged), back, now)
                < TimeProvider.System.GetElapsedTime(back, now));
        await SettleAsync(writers);
        Assert.Equal(overwritten, await Cluster.OverwrittenAsync());
    }

    private Task<NodePage> PageOfAsync(string node) => Cluster.AskAsync<NodePage>(node, "/_node");
}
