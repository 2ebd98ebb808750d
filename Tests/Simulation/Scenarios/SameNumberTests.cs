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
    /// 1510201964 (DividedFull): it was out of reach while all others died, had heard of the cluster that they founded
    /// since, and took a late word of the dead for the view that stays, as that was the larger one.
    /// </summary>
    [Fact]
    public void What_the_dead_have_said_late_leads_nobody_back()
    {
        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = 5, IsChecked = false });
        cluster.Settle();
        Member[] former = [.. cluster.Nodes.Skip(1).Select(static node => node.Process!.Member)];
        int[] others = [2, 3, 4, 5];
        cluster.Crash([1, .. others]);
        cluster.Partition([1], others);
        Array.ForEach([1, .. others], cluster.Restart);
        cluster.RunUntil(() => AreServing(cluster, others), 2 * Limit, "the new cluster is founded");
        (SimulatedProcess left, SimulatedProcess founder) = (cluster.Node(1).Process!, cluster.Node(2).Process!);
        Member dead = former[^1];
        var larger = new View(
            founder.Machine.View.Number,
            [.. former.Prepend(left.Member).Select(static member => new ViewMember(member, MemberRole.Node))], []);

        // The first way that is whole again is that to one of the new; and one to the dead still seems to stand.
        left.Take(new LinkUp(dead, MemberRole.Node));
        left.Take(new LinkUp(founder.Member, MemberRole.Node));
        left.Take(new PeerMessage(founder.Member, new ViewInstall(founder.Machine.View, [])));
        Assert.True(left.Machine.Inspection.IsLinked(dead));
        Assert.False(left.Machine.View.Contains(left.Member));

        left.Take(new PeerMessage(dead, new ViewInstall(larger, [])));
        Assert.False(left.Machine.View.Contains(dead));
        cluster.Heal();
        cluster.Settle();
    }

    /// <summary>
    /// 1511710455 (Brief): all had died and founded a new cluster, when word of the former view came to one of them on a
    /// slow way, from a process that had met that view before. It left the others for the dead, and dropped what it had.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_said_late_of_the_dead_takes_nobody_from_those_who_live(bool wasThere)
    {
        int[] all = [1, 2, 3];
        var cluster = new SimulatedCluster(nodes: all.Length);
        cluster.Settle();
        View former = cluster.Node(1).Process!.Machine.View;
        cluster.Crash(all);
        Array.ForEach(all, cluster.Restart);
        cluster.Settle();
        cluster.On(node: 2).Commit("cart", "shoes");
        SimulatedProcess member = cluster.Node(2).Process!;
        View present = member.Machine.View;
        var itself = new ViewMember(member.Member, MemberRole.Node);
        ViewMember[] members = [.. former.Members.Select(
            each => wasThere && each.Member.Node == itself.Member.Node ? itself : each)];
        var late = new View(present.Number, members, []);

        member.Take(new PeerMessage(cluster.Node(3).Process!.Member, new ViewInstall(late, [])));
        Assert.Equal(present, member.Machine.View);
        Assert.Equal("shoes", cluster.On(node: 2).Load("cart"));
        cluster.Settle();
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

    /// <summary>
    /// 1510701052 (DividedFull): all but one of a cluster had gone over to the larger view of the dead, whose last member
    /// went on by itself before it had met the one; that waited for those who had left it, and they for it, for ever.
    /// </summary>
    [Theory]
    [InlineData(PartitionPolicy.Majority)]
    [InlineData(PartitionPolicy.Available)]
    public void Who_was_left_for_another_cluster_is_told_so(PartitionPolicy policy)
    {
        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = 4, PartitionPolicy = policy, IsChecked = false });
        int[] others = [1, 2, 3];
        cluster.Settle();
        cluster.On(node: 4).Commit("cart", "shoes");
        cluster.Settle();
        long number = cluster.Node(4).Process!.Machine.View.Number;
        cluster.Pause(4);
        cluster.Crash(others);
        Array.ForEach(others, cluster.Restart);
        cluster.RunUntil(() => AreServing(cluster, others), 2 * Limit, "the new cluster is founded");
        Assert.Equal(number, cluster.Node(1).Process!.Machine.View.Number);
        cluster.Cut(1, 4);
        cluster.Cut(4, 1);
        cluster.Resume(4);
        cluster.RunUntil(() => !AreServing(cluster, [2, 3]), Limit, "two have gone over");

        cluster.Run(Limit);
        cluster.Heal();
        cluster.Settle();
        Assert.Equal(4, cluster.Node(1).Process!.Machine.View.Members.Count);
    }

    /// <summary>
    /// 1512343770 (DividedFull): a node was about to leave when it met the larger cluster. Nobody told it of that one, as
    /// it said that it leaves; so it led what the others led as well.
    /// </summary>
    [Theory]
    [InlineData(PartitionPolicy.Majority)]
    [InlineData(PartitionPolicy.Available)]
    public void Who_is_about_to_leave_goes_over_as_well(PartitionPolicy policy)
    {
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 3, PartitionPolicy = policy, IsChecked = false }, starts: false);
        cluster.Restart(3);
        cluster.RunUntil(() => AreServing(cluster, [3]), Limit, "it is a cluster of its own");
        cluster.On(node: 3).Commit("cart", "shoes");
        cluster.Partition([1, 2], [3]);
        Array.ForEach([1, 2], cluster.Restart);
        cluster.RunUntil(() => AreServing(cluster, [1, 2]), 2 * Limit, "the others have founded theirs");
        SimulatedProcess leaving = cluster.Node(3).Process!;
        Assert.Equal(leaving.Machine.View.Number, cluster.Node(1).Process!.Machine.View.Number);

        leaving.Take(new AnnounceDrain());
        cluster.Heal();
        cluster.RunUntil(() => leaving.Machine.View.Members.Count == 3, Limit, "it is in the view of the others");
        cluster.Drain(3);
        cluster.Settle();
        if (policy == PartitionPolicy.Available)
        {
            // With a quorum's promises nothing is promised to what the smaller of two clusters had.
            Assert.Equal("shoes", cluster.On(node: 1).Load("cart"));
        }
    }

    /// <summary>
    /// 1512334121 (Changes): who learned of a view of which one member was dead, and the other had not heard of it yet,
    /// took the latter for one that had begun anew, and founded a second cluster beside it.
    /// </summary>
    [Fact]
    public void A_member_that_has_not_heard_of_its_view_yet_has_not_begun_anew()
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = 2, HasVoter = true, IsChecked = false,
            Network = new NetworkProfile { BaseDelay = TimeSpan.FromMilliseconds(50) },
        });
        TimeSpan aFewTicks = 2 * ReplicationSettings.DefaultHeartbeatInterval;
        SimulatedNode voter = cluster.Nodes[cluster.BalancerHost];
        Member dead = voter.Process!.Member;
        cluster.Kill(voter);
        cluster.Start(voter);
        (SimulatedProcess newcomer, Member member, Member balancer) =
            (cluster.Node(1).Process!, cluster.Node(2).Process!.Member, voter.Process!.Member);
        cluster.RunUntil(
            () => newcomer.Machine.Inspection.IsLinked(member) && newcomer.Machine.Inspection.IsLinked(balancer),
            Limit, "all are connected");
        cluster.Partition([1], [2], [3]);
        Report(newcomer, member, view: 0);
        Report(newcomer, balancer, view: 0);
        var view = new View(1, [new(dead, MemberRole.Voter), new(member, MemberRole.Node)], []);

        newcomer.Take(new PeerMessage(balancer, new ViewInstall(view, [])));
        cluster.Run(aFewTicks);
        Assert.Equal(view, newcomer.Machine.View);

        // Once it was there, and is in no view any more, it has begun anew.
        Report(newcomer, member, view: 1);
        Report(newcomer, member, view: 0);
        cluster.RunUntil(() => newcomer.Machine.View.Number == 0, aFewTicks, "it begins anew");
    }

    private static void Report(SimulatedProcess to, Member from, long view) => to.Take(new PeerMessage(
        from, new Heartbeat(view, MemberStatus.Up, Instant.Zero, 0, 0, null, IsUrgent: false, [])));

    private static bool AreServing(SimulatedCluster cluster, int[] nodes) =>
        nodes.All(node => cluster.Node(node).Process!.Machine.IsReady);
}
