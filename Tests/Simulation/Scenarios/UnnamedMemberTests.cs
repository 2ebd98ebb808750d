using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A node that some members' configuration names and others' does not, as while that is changed on one after the other.
/// </summary>
public sealed class UnnamedMemberTests
{
    private const int Added = 5;
    private static readonly TimeSpan Mixed = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whoever did not know it took it for dead, and excluded it at once, though it lived and might have a lease; and
    /// whoever knew it let it in again, without end.
    /// </summary>
    [Theory]
    [InlineData(2, 3, 4)]
    [InlineData(3, 4)]
    [InlineData(4)]
    public void Nobody_is_taken_for_dead_because_a_member_does_not_know_it(params int[] unaware)
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: Added);
        NodeId added = cluster.Nodes[Added - 1].Id;
        cluster.Crash(Added);
        cluster.Settle();
        foreach (int node in unaware)
        {
            Restart(cluster, node, configured => configured.Unnamed.Add(added));
        }

        cluster.Restart(Added);
        long view = cluster.Node(1).Process!.Machine.View.Number;
        for (int second = 0; second < Mixed.TotalSeconds; second++)
        {
            cluster.On(node: 1).Commit("cart", $"pair {second}");
            cluster.Run(TimeSpan.FromSeconds(1));
            Assert.Equal($"pair {second}", cluster.On(unaware[0]).Load("cart"));
        }

        Assert.Equal(view, cluster.Node(1).Process!.Machine.View.Number);
        foreach (int node in unaware)
        {
            Restart(cluster, node, static configured => configured.Unnamed.Clear());
        }

        cluster.Settle();
        Assert.Equal(Added, cluster.Node(1).Process!.Machine.View.Members.Count);
        Assert.Equal($"pair {Mixed.TotalSeconds - 1}", cluster.On(Added).Load("cart"));
    }

    /// <summary>Who is restarted with a former list does not know a member that lives, and keeps away from it.</summary>
    [Fact]
    public void Who_does_not_know_a_member_does_not_join_it()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: Added);
        NodeId added = cluster.Nodes[Added - 1].Id;
        Restart(cluster, node: 2, configured => configured.Unnamed.Add(added));
        long view = cluster.Node(1).Process!.Machine.View.Number;
        cluster.Run(Mixed);

        Assert.Equal(view, cluster.Node(1).Process!.Machine.View.Number);
        Assert.Equal(Added - 1, cluster.Node(1).Process!.Machine.View.Members.Count);
        Assert.Equal("shoes", cluster.On(Added).Load("cart"));
        Restart(cluster, node: 2, static configured => configured.Unnamed.Clear());
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(node: 2).Load("cart"));
    }

    /// <summary>Who has been taken out of all lists is let in by nobody when it is started again.</summary>
    [Fact]
    public void A_node_that_has_left_is_taken_out_of_one_list_after_the_other()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: Added);
        NodeId gone = cluster.Nodes[Added - 1].Id;
        cluster.Drain(Added);
        cluster.Settle();
        for (int node = 1; node < Added; node++)
        {
            Restart(cluster, node, configured => configured.Unnamed.Add(gone));
            cluster.On(node).Commit("cart", $"pair {node}");
            Assert.Equal($"pair {node}", cluster.On(1 + (node % (Added - 1))).Load("cart"));
        }

        cluster.Settle();
        View view = cluster.Node(1).Process!.Machine.View;
        Assert.Equal(Added - 1, view.Members.Count);
        cluster.Restart(Added);
        cluster.Run(Mixed);

        Assert.Equal(view.Number, cluster.Node(1).Process!.Machine.View.Number);
        Assert.False(cluster.Node(Added).Process!.Machine.IsReady);
        Assert.Equal($"pair {Added - 1}", cluster.On(node: 1).Load("cart"));
    }

    private static void Restart(SimulatedCluster cluster, int node, Action<SimulatedNode> configure)
    {
        cluster.Crash(node);
        configure(cluster.Nodes[node - 1]);
        cluster.Run(TimeSpan.FromSeconds(2));
        cluster.Restart(node);
        cluster.Run(TimeSpan.FromSeconds(3));
    }
}
