using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Who led a session, hears that others lead it, and then enters a view of which the teller does not know the session,
/// as that has ended before it joined, has a copy that nobody but itself could want.
/// </summary>
public sealed class FormerPrimaryTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    [Fact]
    public void It_drops_its_copy_when_nobody_knows_the_session()
    {
        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = 4 });
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        SessionId session = cluster.History.Sessions[0].Id;
        SimulatedProcess former = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        SimulatedProcess other = cluster.Node(cluster.StrangerTo()).Process!;
        View led = cluster.EnterNextView(
            former, other.Member, session, new Configuration(9, new Placement([other.Member, backup.Member])));
        var ended = new View(led.Number + 1, led.Members, led.Absent);
        long request = 0;
        cluster.Overheard = (_, envelope) => request = (envelope.Message as MapPageRequest)?.Request ?? request;
        former.Take(new PeerMessage(other.Member, new ViewInstall(ended, [])));
        cluster.Overheard = null;
        former.Take(new PeerMessage(
            other.Member, new MapPage(request, (int)(session.Prefix >> 54), [], IsLast: true)));
        Assert.NotNull(former.Machine.StateOf(session));
        cluster.RunUntil(() => former.Machine.StateOf(session) is null, Limit, "the former primary's copy is gone");
    }
    /// <summary>
    /// 1512381987 (Brief): what it had given away had gone on to others, without it, before it heard that this was in
    /// force. It led its copy on, and refused the state that the present primary gave it as a holder, for ever.
    /// </summary>
    [Fact]
    public void It_is_a_backup_when_the_session_has_gone_on_without_it()
    {
        const long Newer = 9;
        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = 4, Backups = 2, IsChecked = false });
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        SessionId session = cluster.History.Sessions[0].Id;
        SimulatedProcess former = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess taker = cluster.Node(cluster.BackupOf()).Process!;
        SimulatedProcess last = cluster.Node(cluster.StrangerTo()).Process!;
        long view = former.Machine.View.Number;
        former.Take(new PeerMessage(taker.Member, new TakeOver(view, session)));
        HandOver given = former.Machine.Inspection.CopyOf(session)!.Work!.GivenAway!;
        Assert.True(given.Next.Placement.Contains(former.Member));

        // It hears neither the new primary nor that one's record, but what was recorded after that.
        var goneOn = new Configuration(given.Next.Counter + 2, new Placement([last.Member, taker.Member]));
        former.Take(new PeerMessage(last.Member, new RecordLocations(view, 1000, [new LocationRecord(session, goneOn)])));
        former.Take(new PeerMessage(taker.Member, new Stale(view, session, given.Next)));
        Assert.False(former.Machine.Inspection.CopyOf(session)!.IsPrimary);

        var coming = new Configuration(
            goneOn.Counter + 1, new Placement([last.Member, taker.Member, former.Member]));
        var state = new ReplicatePayload(null, former.Machine.StateOf(session));
        former.Take(new PeerMessage(last.Member, new Replicate(
            session, new HolderVersion(coming.Counter, Newer), -1, state, TimeSpan.Zero, coming, view)));
        Assert.Equal(Newer, former.Machine.SequenceOf(session));
    }
}
