using SessionCluster.Replication;
using SessionCluster.Replication.Sessions;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// What no fault of ours should ever leave behind, but a fault in a program might: a copy or a record that is missing
/// or old, and a copy that nobody knows of. Members find it by comparing, though no request touches the session.
/// </summary>
public sealed class RepairTests
{
    /// <summary>Two comparisons, five seconds apart, and what is under way.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(11);

    private readonly List<ClusterEvent> _repaired = [];

    [Fact]
    public void A_backup_that_has_lost_its_copy_gets_it_again()
    {
        SimulatedCluster cluster = ClusterWithASession();
        int number = cluster.BackupOf();
        Damage(cluster, number, static (map, copy) => map.RemoveCopy(copy.Session));

        AwaitRepair(cluster, number);
    }

    [Fact]
    public void A_backup_whose_copy_is_old_gets_the_present_state()
    {
        SimulatedCluster cluster = ClusterWithASession();
        int number = cluster.BackupOf();
        Damage(cluster, number, static (map, copy) => map.Update(copy, SessionState.Empty, copy.Sequence - 1));

        AwaitRepair(cluster, number);
    }

    [Fact]
    public void While_a_session_is_written_a_backup_that_lacks_another_is_found()
    {
        SimulatedCluster cluster = ClusterWithASession();
        int number = cluster.BackupOf();
        int primary = cluster.PrimaryOf();
        Damage(cluster, number, static (map, copy) => map.RemoveCopy(copy.Session));

        TimeSpan end = cluster.Queue.Now + Soon;
        for (int write = 1; cluster.Queue.Now < end; write++)
        {
            cluster.On(primary, "another").Commit("cart", $"{write}");
        }

        Assert.Equal([new CopyRepaired(IdOf(cluster), MemberOf(cluster, number))], _repaired);
    }

    [Fact]
    public void A_member_that_has_forgotten_where_a_session_is_learns_it_again()
    {
        SimulatedCluster cluster = ClusterWithASession();
        int number = cluster.StrangerTo();
        SessionId session = IdOf(cluster);
        cluster.Node(number).Process!.Machine.Inspection.Map.Forget(session);
        Assert.Null(cluster.Node(number).Process!.Machine.PlacementOf(session));

        cluster.Run(Soon);

        Assert.Equal(cluster.PlacementOf(), cluster.Node(number).Process!.Machine.PlacementOf(session));
        Assert.Contains(_repaired, static happened => happened is LocationsRepaired);
    }

    [Fact]
    public void A_copy_that_nobody_knows_of_is_dropped()
    {
        SimulatedCluster cluster = ClusterWithASession();
        int number = cluster.StrangerTo();
        LocationMap map = cluster.Node(number).Process!.Machine.Inspection.Map;
        var copy = new SessionCopy(IdOf(cluster), created: 1) { State = SessionState.Empty, Sequence = 1 };
        map.AddCopy(copy);
        Assert.Equal(1, cluster.Node(number).Process!.Machine.BackupCount);

        cluster.Run(Soon * 2);

        Assert.Equal(0, cluster.Node(number).Process!.Machine.BackupCount);
    }

    [Fact]
    public void Where_nothing_is_wrong_the_comparison_costs_a_message_to_each_peer_in_five_seconds_and_asks_for_nothing()
    {
        SimulatedCluster cluster = ClusterWithASession();
        for (int number = 1; number <= 200; number++)
        {
            cluster.On(1 + (number % 4), $"basket {number}").Commit("cart", "shoes");
        }

        cluster.Settle();
        int compared = 0;
        int asked = 0;
        cluster.Overheard = (_, envelope) =>
        {
            compared += envelope.Message is CopyDigests ? 1 : 0;
            asked += envelope.Message is Replicate or NeedFull ? 1 : 0;
        };
        cluster.Run(TimeSpan.FromSeconds(50));

        int pairs = 4 * 3;
        Assert.InRange(compared, pairs * 9, pairs * 11);
        Assert.Equal(0, asked);
        Assert.Empty(_repaired);
    }

    private SimulatedCluster ClusterWithASession()
    {
        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = 4, HasVoter = true })
        {
            Happened = happened => _repaired.AddRange(happened is CopyRepaired or LocationsRepaired ? [happened] : []),
        };
        cluster.Settle();
        cluster.On(1).Commit("cart", "shoes");
        cluster.On(1).Commit("cart", "shoes, hat");
        cluster.Settle();
        Assert.Empty(_repaired);
        return cluster;
    }

    private static SessionId IdOf(SimulatedCluster cluster) =>
        cluster.History.Sessions.First(static session => session.Name == "basket").Id;

    private static Member MemberOf(SimulatedCluster cluster, int number) => cluster.Node(number).Process!.Member;

    private static void Damage(SimulatedCluster cluster, int number, Action<LocationMap, SessionCopy> damage)
    {
        LocationMap map = cluster.Node(number).Process!.Machine.Inspection.Map;
        damage(map, map.CopyOf(IdOf(cluster))!);
    }

    private void AwaitRepair(SimulatedCluster cluster, int number)
    {
        cluster.Run(Soon);

        SessionId session = IdOf(cluster);
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess backup = cluster.Node(number).Process!;
        Assert.Equal([new CopyRepaired(session, backup.Member)], _repaired);
        Assert.Equal(primary.Machine.SequenceOf(session), backup.Machine.SequenceOf(session));
        Assert.True(primary.Machine.StateOf(session)!.HasContentOf(backup.Machine.StateOf(session)!));
    }
}
