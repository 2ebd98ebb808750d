using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A death may leave very many sessions to a node. It promotes them a bounded number at a time; what is asked for, or
/// what happens in the middle, must not depend on how far it has come.
/// </summary>
public sealed class SlicedPromotionTests
{
    private const int Sessions = 24;
    private const int AtOnce = 2;
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void A_session_that_is_wanted_does_not_wait_for_its_turn()
    {
        SimulatedCluster cluster = WithSessionsOnTheLast(nodes: 3, backups: 1, Never);
        cluster.Crash(3);
        RunUntilPromoting(cluster);
        TimeSpan began = cluster.Queue.Now;

        for (int number = 0; number < Sessions; number++)
        {
            // Half of them are asked for at their only holder, half at a node that has never had them.
            Assert.Equal($"{number}", cluster.On(1, Name(number)).Load("cart"));
        }

        Assert.True(cluster.Queue.Now - began < Sessions * 5 * Moment);
        cluster.Settle();
    }

    [Fact]
    public void A_commit_that_is_forwarded_does_not_wait_for_its_turn()
    {
        SimulatedCluster cluster = WithSessionsOnTheLast(nodes: 3, backups: 1, Never);
        cluster.Crash(3);
        RunUntilPromoting(cluster);
        TimeSpan began = cluster.Queue.Now;

        for (int number = 0; number < Sessions; number++)
        {
            cluster.On(2, Name(number)).Commit("cart", "more");
        }

        Assert.True(cluster.Queue.Now - began < Sessions * 5 * Moment);
        cluster.Settle();
    }

    [Fact]
    public void One_step_promotes_so_many_and_no_more()
    {
        SimulatedCluster cluster = WithSessionsOnTheLast(nodes: 3, backups: 1, 20 * Moment);
        ReplicationNode survivor = cluster.Node(1).Process!.Machine;
        int left = survivor.BackupCount;
        Assert.True(left > 3 * AtOnce);
        cluster.Crash(3);
        RunUntilPromoting(cluster);

        Assert.Equal(AtOnce, survivor.PrimaryCount);
        Assert.Equal(left, survivor.UnprotectedCount);
        for (int led = AtOnce; led < left; led = survivor.PrimaryCount)
        {
            TimeSpan patience = cluster.Queue.Now + (30 * Moment);
            cluster.RunUntil(() => survivor.PrimaryCount > led, patience - cluster.Queue.Now, "the next ones");
            Assert.InRange(survivor.PrimaryCount - led, 1, AtOnce);
        }

        cluster.Settle();
        Assert.Equal(0, survivor.UnprotectedCount);
    }

    [Fact]
    public void The_next_view_may_come_in_the_middle()
    {
        SimulatedCluster cluster = WithSessionsOnTheLast(nodes: 5, backups: 2, Never);
        cluster.Crash(5);
        RunUntilPromoting(cluster);
        Assert.True(cluster.Node(4).Process!.Machine.PrimaryCount <= AtOnce);

        cluster.Crash(4);
        long view = cluster.Node(1).Process!.Machine.View.Number;
        cluster.RunUntil(() => cluster.Node(1).Process!.Machine.View.Number > view, 5000 * Moment, "the next view");

        for (int number = 0; number < Sessions; number++)
        {
            Assert.Equal($"{number}", cluster.On(1, Name(number)).Load("cart"));
            cluster.On(2, Name(number)).Commit("cart", "more");
        }

        cluster.Settle();
    }

    [Fact]
    public void A_node_that_leaves_in_the_middle_gives_away_what_it_has_not_begun_to_lead()
    {
        SimulatedCluster cluster = WithSessionsOnTheLast(nodes: 4, backups: 1, 100 * Moment);
        cluster.Crash(4);
        RunUntilPromoting(cluster);

        cluster.Drain(1);

        cluster.Settle();
        for (int number = 0; number < Sessions; number++)
        {
            Assert.Equal($"{number}", cluster.On(2, Name(number)).Load("cart"));
        }
    }

    /// <summary>Each session is begun on the last node, so that its death leaves all of them to the others.</summary>
    private static SimulatedCluster WithSessionsOnTheLast(int nodes, int backups, TimeSpan pause)
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = nodes,
            Backups = backups,
            Detail = TraceDetail.Transcript,
            Slices = new SliceOptions { Promotions = AtOnce, Pause = pause },
        });
        cluster.Settle();
        for (int number = 0; number < Sessions; number++)
        {
            cluster.On(nodes, Name(number)).Commit("cart", $"{number}");
        }

        cluster.Settle();
        return cluster;
    }

    private static string Name(int number) => $"basket {number}";

    /// <summary>The first node that is left to lead something has begun to.</summary>
    private static void RunUntilPromoting(SimulatedCluster cluster)
    {
        SimulatedProcess survivor = cluster.Node(1).Process!;
        cluster.RunUntil(() => survivor.Machine.PrimaryCount > 0, 1000 * Moment, "the first promotion");
    }
}
