using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>What may be death, a pause or a cut: nobody can tell, so only a quorum may act on it.</summary>
public sealed class SilenceTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(60)]
    public void A_primary_that_was_frozen_serves_nothing_old(int seconds)
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        int frozen = cluster.PrimaryOf();
        int backup = cluster.BackupOf();
        cluster.Pause(frozen);
        cluster.Run(TimeSpan.FromSeconds(seconds));
        Assert.Equal("shoes", cluster.On(backup).Load("cart"));
        cluster.On(backup).Commit("cart", "socks");

        cluster.Resume(frozen);
        LoadCompleted? answer = cluster.On(frozen).TryLoad();
        Assert.True(answer?.Result is LoadResult.Unavailable or LoadResult.Found);
        cluster.Settle();
        Assert.Equal("socks", cluster.On(frozen).Load("cart"));
    }

    [Fact]
    public void The_frozen_backup_is_replaced()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        int primary = cluster.PrimaryOf();
        int frozen = cluster.BackupOf();
        cluster.Pause(frozen);
        cluster.On(primary).Commit("cart", "socks");
        cluster.Run(TimeSpan.FromSeconds(3));
        Assert.NotEqual(frozen, cluster.BackupOf());
        cluster.Resume(frozen);
        cluster.Settle();
        Assert.Equal("socks", cluster.On(primary).Load("cart"));
    }

    [Fact]
    public void Of_three_and_one_the_three_serve()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        int alone = cluster.PrimaryOf();
        int backup = cluster.BackupOf();
        cluster.Partition([.. Enumerable.Range(1, 4).Where(node => node != alone)], [alone]);
        cluster.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(CommitResult.Unavailable, cluster.On(alone).TryCommit("cart", "boots"));
        cluster.On(backup).Commit("cart", "socks");
        cluster.Heal();
        cluster.Settle();
        Assert.Equal("socks", cluster.On(alone).Load("cart"));
    }

    [Fact]
    public void Of_two_and_two_one_side_serves_and_the_other_refuses()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        cluster.Partition([1, 2], [3, 4]);
        cluster.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(CommitResult.Unavailable, cluster.On(node: 3).TryCommit("cart", "boots"));
        Assert.Equal(CommitResult.Committed, cluster.On(node: 2, session: "other").TryCommit("cart", "hat"));
        cluster.Heal();
        cluster.Settle();
        cluster.On(node: 3).Load("cart");
        Assert.Equal("hat", cluster.On(node: 4, session: "other").Load("cart"));
    }

    [Fact]
    public void Of_two_and_two_the_side_with_the_balancer_serves()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4, voter: true);
        cluster.Partition([1, 2], [3, 4, 5]);
        cluster.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(CommitResult.Unavailable, cluster.On(node: 1, session: "other").TryCommit("cart", "boots"));
        Assert.Equal(CommitResult.Committed, cluster.On(node: 3, session: "third").TryCommit("cart", "hat"));
        cluster.Heal();
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(node: 4).Load("cart"));
    }

    [Fact]
    public void A_cut_between_primary_and_backup_alone_gives_the_session_another_backup_or_primary()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        int primary = cluster.PrimaryOf();
        int backup = cluster.BackupOf();
        cluster.Cut(primary, backup);
        cluster.Cut(backup, primary);
        cluster.Run(TimeSpan.FromSeconds(8));
        int stranger = cluster.StrangerTo();
        Assert.Equal("shoes", cluster.On(stranger).Load("cart"));
        cluster.On(stranger).Commit("cart", "socks");
        cluster.Heal();
        cluster.Settle();
        Assert.Equal("socks", cluster.On(primary).Load("cart"));
    }

    /// <summary>
    /// Who is not heard by one is heard by the others, so nobody is excluded, and nothing is agreed anew.
    /// </summary>
    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void One_way_loss_changes_no_view(int from, int to)
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        long[] before = ViewsOf(cluster);
        cluster.Cut(from, to);
        cluster.Run(TimeSpan.FromSeconds(30));
        Assert.Equal(before, ViewsOf(cluster));
        cluster.Heal();
        cluster.Settle();
        Assert.Equal(before, ViewsOf(cluster));
        Assert.Equal("shoes", cluster.On(node: 3).Load("cart"));
    }

    [Fact]
    public void Who_has_promised_the_next_view_grants_no_lease_to_itself()
    {
        var cluster = new SimulatedCluster(nodes: 2);
        cluster.Settle();
        SimulatedProcess tieBreaker = cluster.Node(1).Process!;
        Member proposer = cluster.Node(2).Process!.Member;
        cluster.Partition([1], [2]);

        tieBreaker.Take(new PeerMessage(
            proposer, new ViewPrepare(tieBreaker.Machine.View.Number + 1, new Ballot(5, proposer.Node), [])));
        Assert.True(tieBreaker.Machine.HasPermission(tieBreaker.Now));
        cluster.Run(TimeSpan.FromMilliseconds(900));
        Assert.False(tieBreaker.Machine.HasPermission(tieBreaker.Now));

        cluster.Heal();
        cluster.Settle();
    }

    /// <summary>
    /// Seed 179573013000027 of the profile Brief: a member had all of its view's map, and whoever it was to get that
    /// from had died; nobody told it anew, as its map was right.
    /// </summary>
    [Fact]
    public void Who_waits_for_a_map_that_it_has_already_is_told_the_view_once_more()
    {
        var cluster = new SimulatedCluster(nodes: 3);
        cluster.Settle();
        SimulatedProcess member = cluster.Node(1).Process!;
        Member waiting = cluster.Node(2).Process!.Member;
        var said = new List<Message>();
        cluster.Overheard = (sender, envelope) => said.AddRange(sender == member ? [envelope.Message] : []);

        member.Take(new PeerMessage(waiting, new Heartbeat(
            member.Machine.View.Number, MemberStatus.Joining, new Instant(1), 0, 0, null, false, [])));

        Assert.Contains(said, static message => message is ViewInstall);
        cluster.Settle();
    }

    /// <summary>
    /// Seed 977002117 of the profile Single: one of a few who had been told that a session has ended called it gone,
    /// though no quorum had recorded that. It had waited for long enough, but nothing could be decided meanwhile.
    /// </summary>
    [Fact]
    public void What_a_few_have_recorded_as_ended_is_not_gone_because_nobody_heard_a_quorum_for_long()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionHistory history = cluster.History.Sessions.Single();
        SimulatedProcess stranger = cluster.Node(cluster.StrangerTo()).Process!;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        long counter = primary.Machine.ConfigurationOf(history.Id).Counter;
        history.Removals.Invoked(history.Observe());
        cluster.Partition([1], [2], [3], [4]);
        stranger.Take(new PeerMessage(primary.Member, new RecordLocations(stranger.Machine.View.Number, 1000,
            [new LocationRecord(history.Id, new Configuration(counter + 1, Placement.Removed))])));
        cluster.Run(TimeSpan.FromSeconds(30));
        cluster.Heal();
        cluster.RunUntil(() => stranger.Machine.HasPermission(stranger.Now), TimeSpan.FromSeconds(10), "a quorum");
        LoadResult? result = null;
        stranger.Ask(new LoadRequest(history, answer => result = answer?.Result));

        Assert.Null(result);
        cluster.Settle();
    }

    private static long[] ViewsOf(SimulatedCluster cluster) =>
        [.. cluster.Nodes.Select(static node => node.Process!.Machine.View.Number)];
}
