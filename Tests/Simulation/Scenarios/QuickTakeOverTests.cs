using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// How soon a session is served again after its primary has died, where some of the members are slow. Nothing that
/// happens between them is worth a wait for a timer, of which the shortest is 50 ms.
/// </summary>
public sealed class QuickTakeOverTests
{
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(10);

    [Fact]
    public void A_member_that_hears_of_the_view_late_still_hears_what_was_said_in_it()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4, voter: true);
        int primary = cluster.PrimaryOf();
        int proposer = Enumerable.Range(1, 2).First(node => node != primary);
        int[] prompt = [proposer - 1, cluster.BackupOf() - 1];
        foreach (int host in Enumerable.Range(0, cluster.BalancerHost + 1).Except(prompt))
        {
            cluster.Network.Condition(proposer - 1, host).Clog = Slow;
        }

        Assert.True(TimeToCommit(cluster, primary) < 5 * Slow);
    }

    [Fact]
    public void A_view_does_not_wait_for_a_member_that_is_slow()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4, voter: true);
        int primary = cluster.PrimaryOf();
        int slow = Enumerable.Range(1, 4).Last(node => node != primary && node != cluster.BackupOf());
        for (int host = 0; host <= cluster.BalancerHost; host++)
        {
            cluster.Network.Condition(slow - 1, host).Clog = 10 * Slow;
        }

        Assert.True(TimeToServe(cluster, primary) < 2 * Slow);
    }

    [Fact]
    public void What_one_member_has_proven_the_others_need_not()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4, voter: true);
        int primary = cluster.PrimaryOf();
        foreach (int host in Enumerable.Range(0, 4).Where(host => host != primary - 1))
        {
            // Only the balancer can tell at once that nothing listens there any more.
            cluster.Network.Condition(primary - 1, host).Clog = 10 * Slow;
        }

        Assert.True(TimeToServe(cluster, primary) < 2 * Slow);
    }

    private static TimeSpan TimeToCommit(SimulatedCluster cluster, int primary)
    {
        int backup = cluster.BackupOf();
        cluster.Crash(primary);
        TimeSpan began = cluster.Queue.Now;

        // What is forwarded to a member that has just died is answered as unknown; so the connection has to end first.
        cluster.Run(TimeSpan.FromMilliseconds(2));
        cluster.On(backup).Commit("cart", "socks");
        return cluster.Queue.Now - began;
    }

    private static TimeSpan TimeToServe(SimulatedCluster cluster, int primary)
    {
        int backup = cluster.BackupOf();
        cluster.Crash(primary);
        TimeSpan began = cluster.Queue.Now;
        Assert.Equal("shoes", cluster.On(backup).Load("cart"));
        return cluster.Queue.Now - began;
    }
}
