using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// What a member answers who is told of a session by somebody who does not lead it, as far as it knows.
/// </summary>
public sealed class RefusalTests
{
    /// <summary>
    /// Seed 1220003247 of the profile Brief: a primary sent a backup its copy once more while the session's end was
    /// being recorded; the backup, the only one that had recorded it, said that the session had ended, and the primary
    /// took that for a quorum's word: it dropped the session and answered. The next view knew nothing of the end.
    /// </summary>
    [Fact]
    public void An_end_that_one_member_has_recorded_is_not_told_to_who_asks_for_it()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 5);
        SessionId session = cluster.History.Sessions.Single().Id;
        int lead = cluster.PrimaryOf();
        SimulatedProcess primary = cluster.Node(lead).Process!;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        Configuration present = primary.Machine.ConfigurationOf(session);
        var payload = new ReplicatePayload(null, primary.Machine.StateOf(session));
        long sequence = primary.Machine.SequenceOf(session);
        foreach (int other in Enumerable.Range(1, 5).Where(node => node != lead && node != cluster.BackupOf()))
        {
            cluster.Cut(lead, other);
        }

        CommitCompleted? answer = null;
        primary.Ask(new RemoveRequest(cluster.History.Sessions.Single(), completed => answer = completed));
        cluster.RunUntil(
            () => backup.Machine.PlacementOf(session) is { IsRemoved: true }, TimeSpan.FromSeconds(1), "the record");
        backup.Take(new PeerMessage(primary.Member, new Replicate(
            session, new HolderVersion(present.Counter, sequence), -1, payload, TimeSpan.Zero, null)));
        cluster.Run(TimeSpan.FromMilliseconds(50));

        Assert.Null(answer);
        Assert.NotNull(primary.Machine.StateOf(session));
    }

    /// <summary>
    /// Seed 1210009815 of the profile Brief: a session had been given to another leader, of which the next view knew
    /// nothing; a backup that had heard of it went on with the other, though it had the map of that view.
    /// </summary>
    [Fact]
    public void Who_leads_by_the_map_of_this_view_comes_before_whom_the_copy_was_told_of_in_an_earlier_one()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        Member claimant = cluster.Node(cluster.StrangerTo()).Process!.Member;
        Configuration present = primary.Machine.ConfigurationOf(session);
        var given = new Configuration(present.Counter + 5, new Placement([claimant, backup.Member]));
        var recorded = new Configuration(present.Counter + 1, new Placement([primary.Member]));
        var payload = new ReplicatePayload(null, primary.Machine.StateOf(session));
        Tell(claimant, 5, given, backup.Machine.View.Number);
        Assert.Equal(5, backup.Machine.SequenceOf(session));

        cluster.EnterNextView(backup, primary.Member, session, recorded);
        Assert.True(backup.Machine.IsReady);
        Tell(claimant, 6, null, 0);

        Assert.Equal(5, backup.Machine.SequenceOf(session));

        void Tell(Member leader, long sequence, Configuration? brought, long number) =>
            backup.Take(new PeerMessage(leader, new Replicate(
                session, new HolderVersion(given.Counter, sequence), -1, payload, TimeSpan.Zero, brought, number)));
    }

    /// <summary>
    /// A fresh seed of <c>Divided</c>: a session was handed in as removed to who had just given it away, and before
    /// that was recorded; it had the end recorded of what another led already.
    /// </summary>
    [Fact]
    public void Who_has_just_given_a_session_away_does_not_end_it_for_who_hands_its_end_in()
    {
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 4, PartitionPolicy = PartitionPolicy.Available });
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess former = cluster.Node(1).Process!;
        SimulatedProcess taker = cluster.Node(cluster.StrangerTo()).Process!;
        Member other = cluster.Node(cluster.BackupOf()).Process!.Member;
        long view = former.Machine.View.Number;
        long counter = former.Machine.ConfigurationOf(session).Counter;
        var given = new Configuration(counter + 1, new Placement([taker.Member, former.Member]));
        var payload = new ReplicatePayload(null, former.Machine.StateOf(session));
        bool isEnded = false;
        cluster.Overheard = (sender, envelope) => isEnded |= sender == former
            && envelope.Message is RecordLocations records
            && records.Records.Any(record => record.Configuration.Placement.IsRemoved);
        former.Take(new PeerMessage(taker.Member, new TakeOver(view, session)));
        former.Take(new PeerMessage(taker.Member, new Replicate(
            session, new HolderVersion(given.Counter, 9), -1, payload, TimeSpan.Zero, given, view)));
        Assert.Equal(9, former.Machine.SequenceOf(session));

        former.Take(new PeerMessage(other, new HandIn(
            view, session, new Configuration(counter, Placement.Removed), 0, TimeSpan.Zero, null, HasValues: false)));

        Assert.False(isEnded);
        Assert.NotNull(former.Machine.StateOf(session));
    }

    /// <summary>
    /// Found by no seed: who takes a session over refuses the former primary nothing as long as that may come to
    /// nothing; and when it is in force, whoever asks again is told.
    /// </summary>
    [Fact]
    public void Who_takes_a_session_over_refuses_its_former_primary_when_that_is_in_force()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionHistory session = cluster.History.Sessions.Single();
        SimulatedProcess former = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess taker = cluster.Node(cluster.StrangerTo()).Process!;
        long counter = former.Machine.ConfigurationOf(session.Id).Counter;
        var late = new Replicate(
            session.Id, new HolderVersion(counter, former.Machine.SequenceOf(session.Id)), -1,
            new ReplicatePayload(null, former.Machine.StateOf(session.Id)), TimeSpan.Zero, null);
        var refusals = new List<Stale>();
        cluster.Overheard = (sender, envelope) => refusals.AddRange(
            sender == taker && envelope.To == former.Member && envelope.Message is Stale stale ? [stale] : []);
        cluster.Network.Ignored = static message => message is RecordLocations;
        taker.Ask(new LoadRequest(session, static _ => { }));
        cluster.RunUntil(
            () => taker.Machine.Inspection.ChangeOf(session.Id) is { IsRecording: true },
            TimeSpan.FromSeconds(1), "a record");
        taker.Take(new PeerMessage(former.Member, late));
        Assert.Empty(refusals);

        cluster.Network.Ignored = null;
        cluster.Settle();
        refusals.Clear();
        taker.Take(new PeerMessage(former.Member, late));

        Assert.Equal(taker.Machine.ConfigurationOf(session.Id), Assert.Single(refusals).Configuration);
        Assert.True(refusals[0].Configuration.Counter > counter);
    }

    /// <summary>
    /// Found by no seed: that a session has ended is told to who asks for it when there was time enough for a quorum to
    /// know, though nobody has said so; and a time without a quorum is none.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_end_that_nobody_confirms_is_told_when_a_quorum_was_heard_for_long_enough(bool isQuorumLost)
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionHistory session = cluster.History.Sessions.Single();
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        long view = backup.Machine.View.Number;
        var late = new Replicate(
            session.Id,
            new HolderVersion(
                primary.Machine.ConfigurationOf(session.Id).Counter, primary.Machine.SequenceOf(session.Id)), -1,
            new ReplicatePayload(null, primary.Machine.StateOf(session.Id)), TimeSpan.Zero, null);
        static bool IsConfirmation(Message message) => message is Stale or Located;
        cluster.Network.Ignored = IsConfirmation;
        primary.Ask(new RemoveRequest(session, static _ => { }));
        cluster.RunUntil(
            () => backup.Machine.PlacementOf(session.Id) is { IsRemoved: true }, TimeSpan.FromSeconds(1), "the record");
        Assert.False(IsRefused());
        cluster.Run(TimeSpan.FromSeconds(3));
        if (isQuorumLost)
        {
            cluster.Network.Ignored =
                static message => IsConfirmation(message) || message is Heartbeat or HeartbeatAcknowledged;
            cluster.RunUntil(
                () => !backup.Machine.HasPermission(backup.Now), TimeSpan.FromSeconds(1), "the end of the lease");
            cluster.Run(TimeSpan.FromMilliseconds(100));
            cluster.Network.Ignored = IsConfirmation;
        }

        cluster.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(view, backup.Machine.View.Number);
        Assert.Equal(!isQuorumLost, IsRefused());
        cluster.Run(TimeSpan.FromSeconds(3));
        Assert.True(IsRefused());

        bool IsRefused()
        {
            bool isRefused = false;
            cluster.Overheard = (sender, envelope) => isRefused |= sender == backup
                && envelope.To == primary.Member
                    && envelope.Message is Stale { Configuration.Placement.IsRemoved: true };
            backup.Take(new PeerMessage(primary.Member, late));
            cluster.Overheard = null;
            return isRefused;
        }
    }
}
