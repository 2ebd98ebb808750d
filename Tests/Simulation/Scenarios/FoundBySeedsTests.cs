using System.Security.Cryptography;
using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>What seeds of the swarm have found, each made small and given a name.</summary>
public sealed class FoundBySeedsTests
{
    /// <summary>Seed 1003138: the removal was known to the dead tie-breaker alone, and the session came back.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_tie_breaker_waits_for_a_node_that_lives_though_its_former_process_died(int seed)
    {
        var cluster = new SimulatedCluster(nodes: 2, (ulong)seed);
        cluster.Settle();
        cluster.Crash(2);
        cluster.Settle();
        cluster.Restart(2);
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        Assert.Equal(1, cluster.PrimaryOf());

        Assert.Equal(CommitResult.Committed, cluster.On(node: 1).Remove());
        cluster.Kill(cluster.Node(1), losesHost: true);
        cluster.Run(TimeSpan.FromSeconds(1));
        cluster.Network.FindHost(cluster.Node(1).Host);
        cluster.Settle();
        Assert.Equal(LoadResult.NotFound, cluster.On(node: 2).TryLoad()?.Result);
    }

    /// <summary>Seed 2005463: a backup that had acknowledged a commit went back to the version before it.</summary>
    [Fact]
    public void What_the_former_primary_sent_before_it_gave_the_session_away_does_not_undo_what_came_since()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess former = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        Member next = cluster.Node(cluster.StrangerTo()).Process!.Member;
        Configuration present = former.Machine.ConfigurationOf(session);
        var coming = new Configuration(present.Counter + 1, new Placement([next, backup.Member]));
        var state = new ReplicatePayload(null, former.Machine.StateOf(session));

        backup.Take(new PeerMessage(next, new Replicate(
            session, new HolderVersion(coming.Counter, 9), -1, state, TimeSpan.Zero, coming,
            backup.Machine.View.Number)));
        Assert.Equal(9, backup.Machine.SequenceOf(session));
        backup.Take(new PeerMessage(former.Member, new Replicate(
            session, new HolderVersion(present.Counter, 1), -1, state, TimeSpan.Zero, null)));

        Assert.Equal(9, backup.Machine.SequenceOf(session));
    }

    /// <summary>
    /// Seed 850000497: who leads again what it had given away has perhaps a commit that the other holders have not. It
    /// served it at once, and took it for theirs.
    /// </summary>
    [Fact]
    public void What_came_from_whom_the_session_was_given_to_is_read_only_when_every_holder_has_it()
    {
        const long Newer = 9;
        var cluster = new SimulatedCluster(nodes: 3, voter: true, backups: 2);
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        SessionHistory session = cluster.History.Sessions.Single();
        SimulatedProcess former = cluster.Node(1).Process!;
        SimulatedProcess taker = cluster.Node(2).Process!;
        SimulatedProcess other = cluster.Node(3).Process!;
        var given = new Configuration(
            former.Machine.ConfigurationOf(session.Id).Counter + 1,
            new Placement([taker.Member, former.Member, other.Member]));
        var payload = new ReplicatePayload(null, former.Machine.StateOf(session.Id));
        former.Take(new PeerMessage(taker.Member, new TakeOver(former.Machine.View.Number, session.Id)));
        former.Take(new PeerMessage(taker.Member, new Replicate(
            session.Id, new HolderVersion(given.Counter, Newer), -1, payload, TimeSpan.Zero, given,
            former.Machine.View.Number)));
        cluster.Crash(2);

        long? seen = null;
        former.Ask(new LoadRequest(session, _ => seen = other.Machine.SequenceOf(session.Id)));
        cluster.RunUntil(() => seen is not null, TimeSpan.FromSeconds(10), "an answer");

        Assert.Equal(Newer, former.Machine.SequenceOf(session.Id));
        Assert.Equal(Newer, seen);
    }

    /// <summary>
    /// Seed 2007435: the backup that was just being made was recorded after the end, and the session was lost.
    /// </summary>
    [Fact]
    public void A_session_that_ends_while_it_gets_a_backup_has_ended()
    {
        var slow = new NetworkProfile
        {
            BaseDelay = TimeSpan.FromMilliseconds(40),
            Jitter = TimeSpan.FromMilliseconds(0.1),
        };
        var cluster = new SimulatedCluster(new ClusterOptions { Network = slow });
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        int primary = cluster.PrimaryOf();
        long view = cluster.Node(primary).Process!.Machine.View.Number;
        cluster.Crash(cluster.BackupOf());
        cluster.RunUntil(
            () => cluster.Node(primary).Process!.Machine is { IsReady: true } machine && machine.View.Number > view,
            ScenarioVerbs.SettleLimit,
            "the view without the dead backup");

        Assert.Equal(CommitResult.Committed, cluster.On(primary).Remove());
        SessionId session = cluster.History.Sessions.Single().Id;
        Assert.True(cluster.Node(primary).Process!.Machine.PlacementOf(session) is { IsRemoved: true });
        cluster.Settle();
        Assert.Equal(LoadResult.NotFound, cluster.On(primary).TryLoad()?.Result);
    }

    /// <summary>
    /// Seed 2009545: both holders were cut off, one recorded the end at the other, and that dropped its copy.
    /// </summary>
    [Fact]
    public void A_removal_that_no_quorum_knows_takes_no_copy_away()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 5);
        int primary = cluster.PrimaryOf();
        int backup = cluster.BackupOf();
        int stranger = cluster.StrangerTo();
        cluster.Partition(
            [.. Enumerable.Range(1, 5).Where(node => node != primary && node != backup)], [primary, backup]);
        cluster.On(primary).Ask(new RemoveRequest(cluster.History.Sessions.Single(), static _ => { }));
        cluster.Run(TimeSpan.FromSeconds(20));
        cluster.Pause(primary);
        cluster.Heal();
        cluster.Run(TimeSpan.FromSeconds(5));

        Assert.Equal("shoes", cluster.On(stranger).Load("cart"));
        cluster.Resume(primary);
        cluster.Settle();
    }

    /// <summary>
    /// Seed 3001127: a member that learned of its view late took over what one of the others had recorded since,
    /// dropped the copy that this did not need, and that record came to nothing.
    /// </summary>
    [Fact]
    public void What_one_member_has_recorded_since_a_view_began_takes_no_copy_from_a_late_one()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        Configuration present = primary.Machine.ConfigurationOf(session);
        var minority = new Configuration(present.Counter + 1, new Placement([primary.Member]));

        View next = cluster.EnterNextView(backup, primary.Member, session, minority);

        Assert.Equal(next.Number, backup.Machine.View.Number);
        Assert.True(backup.Machine.IsReady);
        Assert.NotNull(backup.Machine.StateOf(session));
    }

    [Fact]
    public void What_was_forwarded_to_a_frozen_primary_does_not_come_true_when_it_wakes()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 2, voter: true);
        int frozen = cluster.PrimaryOf();
        int other = cluster.BackupOf();
        cluster.Pause(frozen);
        Assert.Equal(CommitResult.Unavailable, cluster.On(other).TryCommit("cart", "boots"));
        cluster.Run(TimeSpan.FromSeconds(3));
        cluster.On(other).Commit("cart", "socks");

        cluster.Resume(frozen);
        cluster.On(frozen).TryLoad();
        cluster.Settle();
        Assert.Equal("socks", cluster.On(frozen).Load("cart"));
    }

    /// <summary>
    /// Seed 81002913: the end of a session was remembered by too few to be confirmed, and a copy of it stayed.
    /// </summary>
    [Fact]
    public void A_copy_goes_where_most_have_forgotten_that_its_session_has_ended()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        var ended = new SessionId(SHA256.HashData("ended"u8));
        SimulatedProcess primary = cluster.Node(1).Process!;
        SimulatedProcess holder = cluster.Node(2).Process!;
        long view = holder.Machine.View.Number;
        var former = new Configuration(4, new Placement([primary.Member, holder.Member]));
        SessionState state = primary.Machine.StateOf(cluster.History.Sessions[0].Id)!;
        holder.Take(new PeerMessage(primary.Member, new Replicate(
            ended, new HolderVersion(former.Counter, 1), -1, new ReplicatePayload(null, state), TimeSpan.Zero, former,
            view)));
        holder.Take(new PeerMessage(primary.Member, new RecordLocations(
            view, 1000, [new LocationRecord(ended, new Configuration(former.Counter + 1, Placement.Removed))])));
        Assert.NotNull(holder.Machine.StateOf(ended));

        cluster.Settle();
        Assert.Null(holder.Machine.StateOf(ended));
    }

    /// <summary>
    /// Seed 95001935: who was cut off while it ended a session told of that once more, when it learned how others had
    /// gone on with the session and had ended it.
    /// </summary>
    [Fact]
    public void An_end_that_others_have_recorded_is_not_reported_once_more_by_who_had_wanted_another()
    {
        var ends = new List<SessionEnded>();
        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = 5 })
        {
            Happened = happened => ends.AddRange(happened is SessionEnded ended ? [ended] : []),
        };
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        int primary = cluster.PrimaryOf();
        int backup = cluster.BackupOf();
        cluster.Partition([.. Enumerable.Range(1, 5).Where(node => node != primary)], [primary]);
        cluster.On(primary).Ask(new RemoveRequest(cluster.History.Sessions.Single(), static _ => { }));
        cluster.Run(TimeSpan.FromSeconds(5));
        cluster.On(backup).Commit("cart", "socks");
        Assert.Equal(CommitResult.Committed, cluster.On(backup).Remove());
        Assert.Single(ends);

        cluster.Heal();
        cluster.Settle();
        Assert.Null(cluster.Node(primary).Process!.Machine.StateOf(cluster.History.Sessions.Single().Id));
        Assert.Single(ends);
    }

    /// <summary>
    /// Seed 1496003247 (<c>Brief</c>): a refusal took long to come, and a process had started there meanwhile, and lost
    /// its connection again. It was not called dead; but nothing was said to run there, so two founded a cluster each.
    /// </summary>
    [Fact]
    public void Nobody_founds_alone_by_a_refusal_from_before_another_has_started()
    {
        var cluster = new SimulatedCluster(nodes: 2);
        SimulatedProcess left = cluster.Node(2).Process!;
        cluster.RunUntil(
            () => left.Links[0] is { IsOpening: false }, ScenarioVerbs.SettleLimit, "they have met");
        cluster.Partition([1], [2]);
        SimulatedNetwork.Lose(left, cluster.Node(1).Process!);
        left.Take(new DialRefused(cluster.Node(1).Process!.Member.Node, TimeSpan.FromMilliseconds(600)));
        cluster.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(0, left.Machine.View.Number);

        cluster.Heal();
        cluster.Settle();
    }
}
