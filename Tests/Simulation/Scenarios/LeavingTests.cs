using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>A fault strikes a node that is about to leave.</summary>
public sealed class LeavingTests
{
    private static readonly TimeSpan UntilTheOthersGoOn = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    /// <summary>It would else have waited for ever, for somebody to take what the others had already.</summary>
    [Fact]
    public void A_node_that_was_left_out_while_it_left_leaves_all_the_same()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SimulatedProcess leaving = StopWhileItLeaves(cluster, cluster.PrimaryOf());
        cluster.Run(UntilTheOthersGoOn);
        cluster.Resume(leaving.Host + 1);

        cluster.RunUntil(() => leaving.IsDrained, Soon, "it leaves");
        cluster.Kill(leaving.Node);
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(cluster.PrimaryOf()).Load("cart"));
    }

    [Fact]
    public void It_comes_back_with_what_only_it_has_and_hands_that_over()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4, voter: true);
        int backup = cluster.BackupOf();
        int stranger = cluster.StrangerTo();
        SimulatedProcess leaving = StopWhileItLeaves(cluster, cluster.PrimaryOf());
        cluster.Crash(backup);
        cluster.Run(UntilTheOthersGoOn);
        Assert.Equal(LoadResult.Unavailable, cluster.On(stranger).TryLoad()?.Result);

        cluster.Resume(leaving.Host + 1);
        cluster.RunUntil(() => leaving.IsDrained, Soon, "it leaves");
        cluster.Kill(leaving.Node);
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(stranger).Load("cart"));
    }

    private static SimulatedProcess StopWhileItLeaves(SimulatedCluster cluster, int node)
    {
        SimulatedProcess leaving = cluster.Node(node).Process!;
        cluster.StartDrain(cluster.Node(node));
        cluster.Pause(node);
        return leaving;
    }
}
