using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Who was excluded for its silence comes back when it is heard by enough: by a quorum of the view in which it would
/// be, where it counts itself.
/// </summary>
public sealed class ReadmissionTests
{
    private static readonly TimeSpan AtRestAfter = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Found by reading: a quorum of the view without it had to hear it. Of two that is the tie-breaker, so one cut way
    /// kept a process out for as long as it lasted, which nobody would have excluded for that.
    /// </summary>
    [Fact]
    public void Who_is_heard_by_most_with_itself_is_let_in()
    {
        SimulatedCluster cluster = Without(2, nodes: 3);
        cluster.On(3, "hat").Commit("size", "L");
        cluster.Heal();
        CutBothWays(cluster, 1, 2);

        cluster.Run(AtRestAfter);
        Assert.Equal(3, cluster.Node(2).Process!.Machine.View.Members.Count);
        Assert.True(cluster.Node(2).Process!.Machine.IsReady);
        Assert.Equal("L", cluster.On(2, "hat").Load("size"));
        AssertAtRest(cluster);
    }

    /// <summary>It would be excluded at once, and come again: a view each time.</summary>
    [Fact]
    public void Who_is_heard_by_few_with_itself_stays_out()
    {
        SimulatedCluster cluster = Without(2, nodes: 4);
        cluster.Heal();
        CutBothWays(cluster, 1, 2);
        CutBothWays(cluster, 4, 2);

        cluster.Run(AtRestAfter);
        Assert.Equal(3, cluster.Node(1).Process!.Machine.View.Members.Count);
        AssertAtRest(cluster);
    }

    /// <summary>
    /// 1512820528 of <c>Divided</c>: it had wished for the view in which it was let in, before it heard that it was. On a
    /// slow way that came when it had been excluded again, and it was let in though it had not handed in what it had.
    /// </summary>
    [Fact]
    public void What_it_wished_before_it_was_a_member_lets_it_in_only_once()
    {
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 4, PartitionPolicy = PartitionPolicy.Available });
        cluster.Settle();
        cluster.On(1).Commit("cart", "shoes");
        SimulatedProcess excluded = cluster.Node(2).Process!;
        long membership = excluded.Machine.View.Number;
        cluster.Partition([1, 3, 4], [2]);
        cluster.RunUntil(
            () => !cluster.Node(1).Process!.Machine.View.Contains(excluded.Member), TimeSpan.FromSeconds(5), "exclusion");
        cluster.Network.Ignored = static message => message is JoinRequest;
        cluster.Heal();
        cluster.Run(TimeSpan.FromSeconds(2));
        foreach (int node in new[] { 1, 3, 4 })
        {
            cluster.Node(node).Process!.Take(
                new PeerMessage(excluded.Member, new JoinRequest(membership, MemberRole.Node)));
        }

        cluster.Run(TimeSpan.FromSeconds(2));
        Assert.False(cluster.Node(1).Process!.Machine.View.Contains(excluded.Member));

        cluster.Network.Ignored = null;
        cluster.Settle();
        Assert.True(cluster.Node(1).Process!.Machine.View.Contains(excluded.Member));
    }

    /// <summary>Each alone would be enough for itself, and with the other not.</summary>
    [Fact]
    public void Two_that_ask_at_once_are_judged_together()
    {
        SimulatedCluster cluster = Without(4, nodes: 4);
        cluster.Partition([1, 2], [3], [4]);
        cluster.RunUntil(
            () => cluster.Node(1).Process!.Machine.View.Members.Count == 2, ScenarioVerbs.SettleLimit, "a view of two");
        cluster.Heal();
        CutBothWays(cluster, 1, 3);
        CutBothWays(cluster, 1, 4);
        CutBothWays(cluster, 3, 4);

        cluster.Run(AtRestAfter);
        Assert.Equal(3, cluster.Node(1).Process!.Machine.View.Members.Count);
        AssertAtRest(cluster);
    }

    private static SimulatedCluster Without(int excluded, int nodes)
    {
        var cluster = new SimulatedCluster(nodes);
        cluster.Settle();
        int[] rest = [.. Enumerable.Range(1, nodes).Where(node => node != excluded)];
        cluster.Partition(rest, [excluded]);
        cluster.RunUntil(
            () => Array.TrueForAll(rest, node => cluster.Node(node).Process!.Machine is { IsReady: true } machine
                && machine.View.Members.Count == rest.Length),
            ScenarioVerbs.SettleLimit,
            "a view without it");
        return cluster;
    }

    private static void CutBothWays(SimulatedCluster cluster, int one, int other)
    {
        cluster.Cut(one, other);
        cluster.Cut(other, one);
    }

    private static void AssertAtRest(SimulatedCluster cluster)
    {
        long view = cluster.Node(1).Process!.Machine.View.Number;
        cluster.Run(AtRestAfter);
        Assert.Equal(view, cluster.Node(1).Process!.Machine.View.Number);
        cluster.Heal();
        cluster.Settle();
        Assert.Equal(cluster.Nodes.Count, cluster.Node(1).Process!.Machine.View.Members.Count);
    }
}
