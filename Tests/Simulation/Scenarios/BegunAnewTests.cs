using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation.Scenarios;

/// <summary>
/// With the policy Available a session whose holders are all out of reach is served without what it had, and whoever asks
/// for it is told so.
/// </summary>
public sealed class BegunAnewTests
{
    private static readonly TimeSpan UntilServed = TimeSpan.FromSeconds(4);

    /// <summary>Nobody is cut off here, but that cannot be told: whoever stands still says nothing.</summary>
    [Fact]
    public void Who_reads_a_session_that_was_begun_anew_is_told_so_until_it_is_changed_or_what_it_had_is_back()
    {
        SimulatedCluster cluster = FourNodes();
        cluster.On(1).Commit("shoes", "1");
        int silent = cluster.PrimaryOf();
        int dead = cluster.BackupOf();
        int[] others = [.. Enumerable.Range(1, 4).Where(node => node != silent && node != dead)];
        Assert.False(IsBegunAnew(silent));

        cluster.Pause(silent);
        cluster.Crash(dead);
        cluster.Run(UntilServed);
        Assert.All(others, node => Assert.True(IsBegunAnew(node)));
        Assert.Null(cluster.On(others[0]).Load("shoes"));

        cluster.On(others[0]).Commit("hat", "1");
        Assert.All(others, node => Assert.False(IsBegunAnew(node)));

        cluster.Resume(silent);
        cluster.Settle();
        Assert.All(others, node => Assert.False(IsBegunAnew(node)));
        Assert.Equal("1", cluster.On(others[0]).Load("shoes"));
        Assert.Equal("1", cluster.On(others[1]).Load("hat"));

        bool IsBegunAnew(int node) => cluster.On(node).TryLoad()!.State.IsBegunAnew;
    }

    [Fact]
    public void What_is_back_is_not_called_begun_anew()
    {
        SimulatedCluster cluster = FourNodes();
        cluster.On(1).Commit("shoes", "1");
        int backup = cluster.BackupOf();
        int[] others = [.. Enumerable.Range(2, 3).Where(node => node != backup)];

        cluster.Partition([1, backup], others);
        cluster.Run(UntilServed);
        Assert.True(cluster.On(others[0]).TryLoad()!.State.IsBegunAnew);
        cluster.Heal();
        cluster.Settle();

        Assert.False(cluster.On(others[0]).TryLoad()!.State.IsBegunAnew);
        Assert.Equal("1", cluster.On(others[0]).Load("shoes"));
    }

    private static SimulatedCluster FourNodes()
    {
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 4, PartitionPolicy = PartitionPolicy.Available });
        cluster.Settle();
        return cluster;
    }
}
