using SessionCluster.Replication;
using SessionCluster.Replication.Sessions;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A member is named as a holder of a session and has nothing of it. Each of these was found by a seed.
/// </summary>
public sealed class HolderWithoutCopyTests
{
    /// <summary>
    /// Seed 911001004 of the profile Changes: of a session that was only just begun one holder had nothing, recorded
    /// that it is removed, and said so before anybody else knew; another holder, away just then, might have led it on.
    /// </summary>
    [Fact]
    public void A_session_that_a_holder_gives_up_is_said_to_be_gone_when_a_quorum_knows()
    {
        var cluster = new SimulatedCluster(nodes: 5);
        cluster.Settle();
        SimulatedProcess holder = cluster.Node(1).Process!;
        Member primary = cluster.Node(5).Process!.Member;
        NodeDoor door = cluster.On(node: 1);
        SessionHistory history = cluster.History.Sessions.Single();
        SessionId session = history.Id;
        var begun = new LocationRecord(session, new Configuration(1, new Placement([primary, holder.Member])));
        foreach (int node in Enumerable.Range(1, 4))
        {
            cluster.Node(node).Process!.Take(new PeerMessage(primary, new RecordLocations(
                holder.Machine.View.Number, 1000, [begun])));
        }

        cluster.Crash(5);
        cluster.RunUntil(
            () => holder.Machine.PlacementOf(session) is { IsRemoved: true }, TimeSpan.FromSeconds(5), "giving up");
        LoadResult? result = null;
        door.Ask(new LoadRequest(history, answer => result = answer?.Result));

        Assert.Null(result);
        cluster.Settle();
        Assert.Equal(LoadResult.NotFound, result);
    }

    /// <summary>
    /// Seed 913000091 of the profile Full: what a holder had acknowledged in an earlier view, under a configuration
    /// that came to nothing, was taken for an acknowledgement of the present one, which had a lower counter.
    /// </summary>
    [Fact]
    public void An_acknowledgement_under_a_configuration_that_nobody_was_told_here_does_not_count()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess lead = cluster.Node(cluster.PrimaryOf()).Process!;
        cluster.Crash(cluster.BackupOf());
        cluster.RunUntil(
            () => lead.Machine.Inspection.ChangeOf(session) is not null, TimeSpan.FromSeconds(5), "another backup");
        HolderChange change = lead.Machine.Inspection.ChangeOf(session)!;
        Member coming = change.Target.Placement.Holders[1];
        lead.Take(new PeerMessage(coming, new Replicated(
            lead.Machine.Inspection.CopyOf(session)!.Work!.Number,
            new HolderVersion(change.Target.Counter + 1, lead.Machine.SequenceOf(session)))));

        Assert.False(lead.Machine.Inspection.ChangeOf(session)!.IsRecording);
        cluster.Settle();
    }

    /// <summary>
    /// What came to nothing here may still be acknowledged by whoever heard of it late; so the counter is not used
    /// again, though the copy has gone meanwhile, and though it is given to who has used it (seed 941001263 of the
    /// profile Full): who gives the session knows nothing of that.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void A_counter_that_came_to_nothing_is_not_used_again(long given)
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 5);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        int backup = cluster.BackupOf();
        int claimant = cluster.StrangerTo();
        SimulatedProcess process = cluster.Node(claimant).Process!;
        Configuration present = primary.Machine.ConfigurationOf(session);
        SessionState state = primary.Machine.StateOf(session)!;
        var holders = new Placement([process.Member, cluster.Node(backup).Process!.Member]);
        void Give(long counter) => process.Take(new PeerMessage(primary.Member, new HandOver(
            process.Machine.View.Number, session, present, new Configuration(counter, holders), 1, state,
            TimeSpan.Zero)));
        cluster.Cut(claimant, backup);
        cluster.Cut(backup, claimant);
        Give(present.Counter + 5);

        // The next view knows nothing of that.
        long view = process.Machine.View.Number;
        cluster.Crash(Enumerable.Range(1, 5).Last(node => cluster.Node(node).Process is { } other
            && other != process && other != primary && node != backup));
        cluster.RunUntil(
            () => process.Machine.View.Number > view
                && process.Machine.IsReady, TimeSpan.FromSeconds(5), "the next view");
        Assert.Null(process.Machine.StateOf(session));
        Give(present.Counter + given);

        Assert.True(process.Machine.Inspection.ChangeOf(session)!.Target.Counter > present.Counter + 5);
    }

    /// <summary>
    /// Found by no seed: a member that is to hold a session hears of it before it has anything. What it is told then
    /// may come to nothing, so until a quorum's record is there it knows of the session what it has known before.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_lacks_what_it_is_told_of_says_of_the_session_what_is_recorded(bool isKnown)
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionId session = isKnown ? cluster.History.Sessions.Single().Id : new SessionId(new byte[SessionId.Length]);
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        Member asker = cluster.Node(cluster.BackupOf()).Process!.Member;
        SimulatedProcess coming = cluster.Node(cluster.StrangerTo()).Process!;
        long recorded = coming.Machine.ConfigurationOf(session).Counter;
        var next = new Configuration(recorded + 1, new Placement([primary.Member, coming.Member]));
        long view = coming.Machine.View.Number;
        var said = new List<Message>();
        cluster.Overheard = (sender, envelope) => said.AddRange(sender == coming ? [envelope.Message] : []);
        coming.Take(new PeerMessage(primary.Member, new Replicate(
            session, new HolderVersion(next.Counter, 9), 8,
            new ReplicatePayload(SessionDelta.Setting("size", WorkloadValue.Of(9, "L")), null), TimeSpan.Zero, next,
            view)));
        Assert.Contains(said, static message => message is NeedFull);
        Assert.Equal(recorded, Located());

        coming.Take(new PeerMessage(primary.Member, new Replicate(
            session, new HolderVersion(next.Counter, 9), -1, new ReplicatePayload(null, SessionState.Empty),
            TimeSpan.Zero,
            next, view)));
        Assert.Contains(said, static message => message is Replicated);
        Assert.Equal(recorded, Located());

        coming.Take(
            new PeerMessage(primary.Member, new RecordLocations(view, 1000, [new LocationRecord(session, next)])));
        Assert.Equal(next.Counter, Located());

        long Located()
        {
            said.Clear();
            coming.Take(new PeerMessage(asker, new Locate(7, session)));
            return said.OfType<Located>().Single().Configuration.Counter;
        }
    }
}
