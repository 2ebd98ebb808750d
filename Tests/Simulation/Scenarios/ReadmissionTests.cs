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
