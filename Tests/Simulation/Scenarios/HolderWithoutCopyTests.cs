using SessionCluster.Replication;
using SessionCluster.Replication.Sessions;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>A member is named as a holder of a session and has nothing of it. Each of these was found by a seed.</summary>
public sealed class HolderWithoutCopyTests
{
    /// <summary>
    /// Seed 911001004 of the profile Changes: of a session that was only just begun one holder had nothing, recorded that
    /// it is removed, and said so before anybody else knew; another holder, away just then, might have led it on.
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
    /// Seed 913000091 of the profile Full: what a holder had acknowledged in an earlier view, under a configuration that
    /// came to nothing, was taken for an acknowledgement of the present one, which had a lower counter.
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
            lead.Machine.Inspection.CopyOf(session)!.Work!.Number, new HolderVersion(change.Target.Counter + 1, lead.Machine.SequenceOf(session)))));

        Assert.False(lead.Machine.Inspection.ChangeOf(session)!.IsRecording);
        cluster.Settle();
    }

    /// <summary>
    /// What came to nothing here may still be acknowledged by whoever heard of it late; so the counter is not used again,
    /// though the copy has gone meanwhile, and though it is given to who has used it (seed 941001263 of the profile Full):
    /// who gives the session knows nothing of that.
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
            process.Machine.View.Number, session, present, new Configuration(counter, holders), 1, state, TimeSpan.Zero)));
        cluster.Cut(claimant, backup);
        cluster.Cut(backup, claimant);
        Give(present.Counter + 5);

        // The next view knows nothing of that.
        long view = process.Machine.View.Number;
        cluster.Crash(Enumerable.Range(1, 5).Last(node => cluster.Node(node).Process is { } other
            && other != process && other != primary && node != backup));
        cluster.RunUntil(
            () => process.Machine.View.Number > view && process.Machine.IsReady, TimeSpan.FromSeconds(5), "the next view");
        Assert.Null(process.Machine.StateOf(session));
        Give(present.Counter + given);

        Assert.True(process.Machine.Inspection.ChangeOf(session)!.Target.Counter > present.Counter + 5);
    }
}
