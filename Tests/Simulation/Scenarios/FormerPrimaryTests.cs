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
}
