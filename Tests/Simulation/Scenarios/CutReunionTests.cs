using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A side comes back (policy Available), and some of the ways to the other side stay cut for long. Nobody may wait for
/// those. Nodes are numbered from 1; the first one of a view begins what nobody there has.
/// </summary>
public sealed class CutReunionTests
{
    private const int First = 1;
    private const int Back = 4;

    private static readonly TimeSpan UntilServed = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan UntilBack = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Found by no seed: a session that had been created on the side that came back was to be begun by the first node,
    /// which was asked by nobody. Its only holder served nothing, as long as the way between the two was cut.
    /// </summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void What_was_created_on_one_side_comes_back_without_a_way_to_the_first_node(bool isCutThere, bool isCutBack)
    {
        SimulatedCluster cluster = Divided();
        cluster.On(Back, "hat").Commit("cart", "hat");
        cluster.On(node: 2, "shoes").Commit("cart", "shoes");
        Reunite(cluster, (Back, First));
        if (!isCutThere)
        {
            cluster.Network.Mend(Back - 1, First - 1);
        }

        if (!isCutBack)
        {
            cluster.Network.Mend(First - 1, Back - 1);
        }

        ExpectMember(cluster, Back);
        Assert.Equal("hat", cluster.On(Back, "hat").Load("cart"));
        Assert.Equal("hat", cluster.On(node: 2, "hat").Load("cart"));
        Assert.Equal("shoes", cluster.On(Back, "shoes").Load("cart"));
        ExpectAtFirst(cluster, "hat");
    }

    /// <summary>The same, where the other side knows the session, and none of its holders is there.</summary>
    [Fact]
    public void What_is_held_on_one_side_only_comes_back_without_a_way_to_the_first_node()
    {
        SimulatedCluster cluster = Available(nodes: 5);
        cluster.Crash(1, 2, 3);
        cluster.Settle();
        cluster.On(Back, "hat").Commit("cart", "hat");
        cluster.Settle();
        foreach (int node in (int[])[1, 2, 3])
        {
            cluster.Restart(node);
        }

        cluster.Settle();
        Assert.DoesNotContain(cluster.PlacementOf("hat")!.Holders, holder => cluster.HostOf(holder.Node) < Back - 1);
        cluster.Partition([1, 2, 3], [4, 5]);
        cluster.Run(UntilServed);
        cluster.On(Back, "hat").Commit("cart", "cap");
        Reunite(cluster, (4, First), (5, First));

        ExpectMember(cluster, 4);
        ExpectMember(cluster, 5);
        Assert.Equal("cap", cluster.On(node: 2, "hat").Load("cart"));
        ExpectAtFirst(cluster, "cap");
    }

    /// <summary>The same, where the session has ended meanwhile.</summary>
    [Fact]
    public void What_has_ended_on_one_side_is_told_without_a_way_to_the_first_node()
    {
        SimulatedCluster cluster = Divided();
        cluster.On(Back, "hat").Commit("cart", "hat");
        cluster.On(Back, "cap").Commit("cart", "cap");
        cluster.On(Back, "hat").Remove();
        Reunite(cluster, (Back, First));

        ExpectMember(cluster, Back);
        Assert.Equal(LoadResult.NotFound, cluster.On(Back, "hat").TryLoad()?.Result);
        Assert.Equal("cap", cluster.On(node: 3, "cap").Load("cart"));
        cluster.Heal();
        cluster.Settle();
        Assert.Equal(LoadResult.NotFound, cluster.On(First, "hat").TryLoad()?.Result);
    }

    /// <summary>The same, where the session has expired on the other side meanwhile.</summary>
    [Fact]
    public void What_has_expired_over_there_lives_on_without_a_way_to_the_first_node()
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = 4, PartitionPolicy = PartitionPolicy.Available, IdleTimeout = TimeSpan.FromSeconds(8),
        });
        cluster.Settle();
        cluster.On(Back, "hat").Commit("cart", "hat");
        SessionId session = cluster.History.Sessions.Single().Id;
        cluster.Settle();
        cluster.Partition([1, 2, 3], [Back]);
        cluster.Run(UntilServed);
        Assert.Equal(LoadResult.Found, cluster.On(node: 2, "hat").TryLoad()?.Result);
        for (int second = 0; second < 14; second++)
        {
            cluster.Run(TimeSpan.FromSeconds(1));
            Assert.Equal("hat", cluster.On(Back, "hat").Load("cart"));
        }

        Assert.All([1, 2, 3], node => Assert.True(
            cluster.Node(node).Process!.Machine.PlacementOf(session) is { IsExpired: true }));
        Reunite(cluster, (Back, First));

        ExpectMember(cluster, Back);
        Assert.Equal("hat", cluster.On(node: 2, "hat").Load("cart"));
        ExpectAtFirst(cluster, "hat");
    }

    /// <summary>
    /// Found by no seed: who is to begin a session asks all others whether it has ended. One of them was out of its reach,
    /// and so nothing that was created on the side that came back was taken.
    /// </summary>
    [Fact]
    public void What_was_created_on_one_side_comes_back_though_the_first_node_cannot_ask_everybody()
    {
        SimulatedCluster cluster = Divided();
        cluster.On(Back, "hat").Commit("cart", "hat");
        Reunite(cluster, (First, 2));

        ExpectMember(cluster, Back);
        Assert.Equal("hat", cluster.On(node: 3, "hat").Load("cart"));
        ExpectAtFirst(cluster, "hat");
    }

    /// <summary>
    /// Found by reading: where nobody else could be asked, all were asked anew each second, and what one answered over a
    /// slower way was an answer to a former question.
    /// </summary>
    [Fact]
    public void What_was_created_on_one_side_comes_back_though_one_over_there_answers_slowly()
    {
        SimulatedCluster cluster = Divided();
        cluster.On(Back, "hat").Commit("cart", "hat");
        cluster.Network.Condition(First - 1, 2).BaseDelay = TimeSpan.FromMilliseconds(650);
        cluster.Network.Condition(2, First - 1).BaseDelay = TimeSpan.FromMilliseconds(650);
        Reunite(cluster, (Back, 2), (Back, 3));

        cluster.RunUntil(
            () => cluster.Node(First).Process!.Machine.PlacementOf(cluster.History.Sessions.Single().Id) is not null,
            UntilBack, "the session has come");
        Assert.Equal("hat", cluster.On(First, "hat").Load("cart"));
    }

    /// <summary>Found by no seed: who was asked did not reach the first node either, and nobody else was asked.</summary>
    [Fact]
    public void Who_is_asked_in_vain_is_not_the_only_one_who_is_asked()
    {
        SimulatedCluster cluster = Available(nodes: 4, hasVoter: true);
        cluster.Partition([1, 2, 3, 5], [Back]);
        cluster.Run(UntilServed);
        cluster.On(Back, "hat").Commit("cart", "hat");
        Reunite(cluster, (Back, First), (2, First), (Back, 3));
        SimulatedProcess back = cluster.Node(Back).Process!;
        cluster.RunUntil(() => back.Machine.Inspection.IsGoingOver, UntilServed, "the side goes over, by node 2");
        Mend(cluster, Back, 3);

        ExpectMember(cluster, Back);
        Assert.Equal("hat", cluster.On(node: 3, "hat").Load("cart"));
        ExpectAtFirst(cluster, "hat");
    }

    /// <summary>
    /// Found by no seed: nobody who is in reach of the side that came back could ask everybody over there. Where nothing is
    /// taken for long, it serves on.
    /// </summary>
    [Fact]
    public void Whoever_finds_nobody_who_takes_anything_serves_on()
    {
        SimulatedCluster cluster = Divided();
        cluster.On(Back, "hat").Commit("cart", "hat");
        cluster.On(Back, "cap").Commit("cart", "cap");
        SimulatedProcess back = cluster.Node(Back).Process!;
        Reunite(cluster, (Back, First), (2, 3));
        cluster.RunUntil(() => back.Machine.Inspection.IsGoingOver, UntilServed, "the side goes over");

        cluster.RunUntil(() => !back.Machine.Inspection.IsGoingOver, TimeSpan.FromSeconds(20), "the side serves on");
        cluster.Run(UntilServed);
        cluster.On(Back, "hat").Commit("cart", "new hat");
        Assert.Equal("cap", cluster.On(Back, "cap").Load("cart"));
        ExpectAtFirst(cluster, "new hat");
        Assert.Equal("cap", cluster.On(First, "cap").Load("cart"));
    }

    /// <summary>
    /// Found by no seed: nobody but the voter of the other side was in reach, and told its view. It takes nothing; so
    /// who had begun to go over to it served nothing any more.
    /// </summary>
    [Fact]
    public void Nobody_goes_over_to_a_side_of_which_it_reaches_only_the_voter()
    {
        SimulatedCluster cluster = Available(nodes: 4, hasVoter: true);
        cluster.Partition([1, 2, 3, 5], [Back]);
        cluster.Run(UntilServed);
        cluster.On(Back, "hat").Commit("cart", "hat");
        Mend(cluster, Back, 5);
        cluster.Run(UntilServed);
        SimulatedProcess voter = cluster.Node(5).Process!;
        SimulatedProcess back = cluster.Node(Back).Process!;
        Assert.NotNull(back.Links[voter.Host]);
        back.Take(new PeerMessage(voter.Member, new ViewInstall(voter.Machine.View, [])));
        cluster.Run(UntilServed);

        Assert.Equal("hat", cluster.On(Back, "hat").Load("cart"));
        ExpectAtFirst(cluster, "hat");
    }

    /// <summary>
    /// 1478400110 (Divided): all others had left the lineage that goes on without this member, and met again; of one of
    /// them it heard nothing any more, and took it for somebody who serves there still.
    /// </summary>
    [Fact]
    public void Who_is_left_in_a_lineage_alone_comes_back_though_one_way_stays_cut()
    {
        SimulatedCluster cluster = Available(nodes: 4);
        cluster.On(First, "hat").Commit("cart", "hat");
        cluster.Settle();
        cluster.Pause(First);
        cluster.Run(UntilServed);
        cluster.Partition([2], [3], [4]);
        cluster.Run(UntilServed);
        Reunite(cluster, (3, First));
        cluster.Resume(First);

        ExpectMember(cluster, First);
        ExpectAtFirst(cluster, "hat");
    }

    private static SimulatedCluster Divided()
    {
        SimulatedCluster cluster = Available(nodes: 4);
        cluster.Partition([1, 2, 3], [Back]);
        cluster.Run(UntilServed);
        return cluster;
    }

    /// <summary>All ways are mended but those between some pairs, which stay cut.</summary>
    private static void Reunite(SimulatedCluster cluster, params (int One, int Other)[] cut)
    {
        cluster.Heal();
        foreach ((int one, int other) in cut)
        {
            cluster.Cut(one, other);
            cluster.Cut(other, one);
        }
    }

    private static void ExpectMember(SimulatedCluster cluster, int node)
    {
        SimulatedProcess process = cluster.Node(node).Process!;
        cluster.RunUntil(
            () => process.Machine.View.Contains(process.Member) && process.Machine.IsReady
                && process.Machine.View.Number == cluster.Node(2).Process!.Machine.View.Number,
            UntilBack, $"node {node} is a member again");
    }

    /// <summary>When no way is cut any more the first node serves what came over.</summary>
    private static void ExpectAtFirst(SimulatedCluster cluster, string hat)
    {
        cluster.Heal();
        cluster.Settle();
        Assert.Equal(hat, cluster.On(First, "hat").Load("cart"));
    }

    private static void Mend(SimulatedCluster cluster, int one, int other)
    {
        cluster.Network.Mend(one - 1, other - 1);
        cluster.Network.Mend(other - 1, one - 1);
    }

    private static SimulatedCluster Available(int nodes, bool hasVoter = false)
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = nodes, HasVoter = hasVoter, PartitionPolicy = PartitionPolicy.Available,
            Detail = TraceDetail.Transcript,
        });
        cluster.Settle();
        return cluster;
    }
}
