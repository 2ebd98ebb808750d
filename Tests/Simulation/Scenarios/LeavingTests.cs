using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>A fault strikes a node that is about to leave.</summary>
public sealed class LeavingTests
{
    private static readonly TimeSpan UntilTheOthersGoOn = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A copy that is left over is asked after in a walk every five seconds, when it was told nothing for so long.
    /// </summary>
    private static readonly TimeSpan CopiesAreAskedAfter = TimeSpan.FromSeconds(15);

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

    /// <summary>
    /// 1512000624 (SingleKills): it had waited for long, as requests kept taking sessions back to it, and left with the
    /// last of them when the connection to the other one broke for a moment.
    /// </summary>
    [Fact]
    public void A_connection_that_breaks_for_a_moment_is_waited_for_however_long_a_node_has_been_leaving()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 2);
        int primary = cluster.PrimaryOf();
        int other = cluster.BackupOf();
        SimulatedProcess leaving = cluster.Node(primary).Process!;
        SessionHistory session = cluster.History.Sessions.Single();
        long? load = null;
        leaving.Ask(new LoadRequest(session, answer => load = answer?.Request) { IsExclusive = true });
        cluster.RunUntil(() => load is not null, Soon, "an exclusive load");
        cluster.StartDrain(leaving.Node);
        cluster.Run(2 * Soon);

        Member taker = cluster.Node(other).Process!.Member;
        cluster.BreakConnection(primary, other);
        cluster.RunUntil(() => !leaving.Machine.Inspection.IsLinked(taker), Soon, "the connection is gone");
        cluster.Partition([primary], [other]);
        cluster.Run(TimeSpan.FromMilliseconds(500));
        Assert.False(leaving.Machine.Inspection.IsLinked(taker));
        cluster.Heal();
        Assert.False(leaving.IsDrained);

        leaving.Take(new ReleaseSession(load!.Value, session.Id));
        cluster.RunUntil(() => leaving.IsDrained, Soon, "it leaves");
        cluster.Kill(leaving.Node);
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(other).Load("cart"));
    }

    /// <summary>
    /// Found by no seed: whoever leads the session could not tell this node that its copy was not needed any more, and
    /// nobody else was asked. So it did not leave before the way was mended.
    /// </summary>
    [Fact]
    public void A_node_leaves_though_the_way_to_one_other_is_cut()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        int primary = cluster.PrimaryOf();
        SimulatedProcess leaving = cluster.Node(cluster.BackupOf()).Process!;
        cluster.Overheard = (_, envelope) =>
        {
            if (envelope.Message is Stale && envelope.To == leaving.Member)
            {
                cluster.Cut(primary, leaving.Host + 1);
                cluster.Cut(leaving.Host + 1, primary);
            }
        };
        cluster.StartDrain(leaving.Node);

        cluster.RunUntil(() => leaving.IsDrained, CopiesAreAskedAfter, "it leaves");
        cluster.Overheard = null;
        cluster.Kill(leaving.Node);
        cluster.Heal();
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(primary).Load("cart"));
    }

    /// <summary>
    /// Found by no seed: of four nodes one was silent, and the one whose vote counts where it is two against two left:
    /// the other two could neither serve nor agree on another view for as long as the silence lasted.
    /// </summary>
    [Fact]
    public void A_node_does_not_leave_before_the_others_can_decide_without_it()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SimulatedProcess leaving = cluster.Node(1).Process!;
        cluster.StartDrain(leaving.Node);
        cluster.Pause(node: 2);

        cluster.RunUntil(() => leaving.IsDrained, Soon, "it leaves");
        cluster.Kill(leaving.Node);
        Assert.Equal("shoes", cluster.On(node: 3).Load("cart"));
        cluster.Resume(node: 2);
        cluster.Restart(node: 1);
        cluster.Settle();
    }

    /// <summary>
    /// Found by reading: all others were leaving when a node came back, and waited for it to take over what they had. It
    /// copied the map only of one that was up, so all three waited for ever, and nobody was served.
    /// </summary>
    [Fact]
    public void Who_comes_back_while_all_others_leave_takes_over_what_they_have()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 3);
        int back = cluster.StrangerTo();
        SimulatedProcess[] leaving = [cluster.Node(cluster.PrimaryOf()).Process!, cluster.Node(cluster.BackupOf()).Process!];
        cluster.Crash(back);
        cluster.Settle();
        Array.ForEach(leaving, process => cluster.StartDrain(process.Node));
        cluster.Restart(back);

        cluster.RunUntil(() => leaving.All(static process => process.IsDrained), Soon, "both leave");
        Array.ForEach(leaving, process => cluster.Kill(process.Node));
        Assert.Equal("shoes", cluster.On(back).Load("cart"));
    }

    private static SimulatedProcess StopWhileItLeaves(SimulatedCluster cluster, int node)
    {
        SimulatedProcess leaving = cluster.Node(node).Process!;
        cluster.StartDrain(cluster.Node(node));
        cluster.Pause(node);
        return leaving;
    }
}
