using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A cluster that is founded anew counts its views from 1 again. A process that last heard of the former cluster, in a
/// view without itself, may meet a view of that very number.
/// </summary>
public sealed class SameNumberTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// 31223 (Full, with plots that are made up): it took the view of the dead for the one that stays, as that began
    /// with the smaller name, and never entered the view to which it belonged.
    /// </summary>
    [Fact]
    public void A_process_enters_the_view_that_includes_it()
    {
        // Two clusters are no business of the rules for one.
        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = 5, IsChecked = false });
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        SimulatedProcess left = cluster.Node(4).Process!;
        View present = left.Machine.View;
        Member[] former = [.. present.Members.Select(static member => new Member(member.Member.Node, 0))];
        var ofTheDead = new View(
            present.Number + 1, [.. former.Select(static member => new ViewMember(member, MemberRole.Node))], []);
        left.Take(new PeerMessage(cluster.Node(1).Process!.Member, new ViewInstall(ofTheDead, [])));
        Assert.False(left.Machine.View.Contains(left.Member));

        // The others go on to a view of this number.
        cluster.Crash(3);
        cluster.RunUntil(() => left.Machine.View.Contains(left.Member), Limit, "node 4 is in its view");
        cluster.Restart(3);
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(node: 4).Load("cart"));
    }

    /// <summary>
    /// 1478840165 (Full): each of two had founded a cluster of its own, and kept to the view that included it, for ever.
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    public void Two_clusters_that_were_founded_out_of_sight_become_one(int nodes)
    {
        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = nodes, IsChecked = false });
        int[] all = [.. Enumerable.Range(1, nodes)];
        int[] first = [.. all.Where(static node => node % 2 == 0)];
        int[] second = [.. all.Except(first)];
        cluster.Settle();
        cluster.Crash(all);
        Array.ForEach(first, cluster.Restart);
        cluster.RunUntil(() => AreServing(cluster, first), 2 * Limit, "the first cluster is founded");
        cluster.Partition(first, second);
        Array.ForEach(second, cluster.Restart);
        cluster.RunUntil(() => AreServing(cluster, second), 2 * Limit, "the second cluster is founded");
        View[] views = [.. all.Take(2).Select(node => cluster.Node(node).Process!.Machine.View)];
        Assert.Equal(views[0].Number, views[1].Number);
        Assert.NotEqual(views[0].Members, views[1].Members);

        cluster.Heal();
        cluster.Settle();
        Assert.Equal(nodes, cluster.Node(1).Process!.Machine.View.Members.Count);
    }

    private static bool AreServing(SimulatedCluster cluster, int[] nodes) =>
        nodes.All(node => cluster.Node(node).Process!.Machine.IsReady);
}
