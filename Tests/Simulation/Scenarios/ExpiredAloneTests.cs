using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation.Scenarios;

/// <summary>
/// A session has ended on one side (policy Available), with all its copies; the map of the side on which the others were
/// still names its holders.
/// </summary>
public sealed class ExpiredAloneTests
{
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(6);

    /// <summary>
    /// Seed 1520000086 of <c>Divided</c>: its holders joined the others, and the first of them, which had no copy any
    /// more, said that the session was lost; or, where it joined before the other, began it anew with nothing in it.
    /// </summary>
    [Fact]
    public void Where_the_others_know_its_holders_still_it_has_ended_all_the_same()
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = 5, PartitionPolicy = PartitionPolicy.Available, IdleTimeout = IdleTimeout,
            Detail = TraceDetail.Transcript,
        });
        cluster.Settle();
        cluster.On(node: 4).Commit("shoes", "1");
        cluster.Settle();

        // What nobody has led but who has created it may be taken for a creation that came to nothing.
        Assert.Equal("1", cluster.On(cluster.StrangerTo()).Load("shoes"));
        cluster.Settle();
        int primary = cluster.PrimaryOf();
        int backup = cluster.BackupOf();
        int[] others = [.. Enumerable.Range(1, 5).Where(node => node != primary && node != backup)];
        SessionId session = cluster.History.Sessions.Single().Id;
        cluster.Partition(others, [primary, backup]);
        cluster.RunUntil(
            () => cluster.Node(primary).Process!.Machine.PlacementOf(session) is { IsExpired: true }
                && cluster.Node(backup).Process!.Machine.Inspection.CopyOf(session) is null,
            IdleTimeout * 2, "the end on one side");
        Assert.True(cluster.Node(others[0]).Process!.Machine.PlacementOf(session) is { IsAlive: true });

        cluster.Heal();
        cluster.Settle();

        Assert.Equal(LoadResult.NotFound, cluster.On(primary).TryLoad()?.Result);
        Assert.Equal(LoadResult.NotFound, cluster.On(others[0]).TryLoad()?.Result);
    }
}
