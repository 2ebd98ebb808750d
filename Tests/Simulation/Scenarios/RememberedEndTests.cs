using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>That a session has ended is remembered until who does not know it could be told.</summary>
public sealed class RememberedEndTests
{
    /// <summary>
    /// Found by reading: the way to the backup was cut when the session was removed, and then nobody heard anybody for
    /// longer than an end is remembered. When they heard one another again only the backup knew anything of the session:
    /// as it was before.
    /// </summary>
    [Fact]
    public void A_session_does_not_come_back_after_an_outage_that_is_longer_than_its_end_is_remembered()
    {
        var cluster = new SimulatedCluster(nodes: 3);
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        int primary = cluster.PrimaryOf();
        cluster.Cut(primary, cluster.BackupOf());
        Assert.Equal(CommitResult.Committed, cluster.On(primary).Remove());
        cluster.Partition([1], [2], [3]);
        cluster.Run(TimeSpan.FromMinutes(3));
        cluster.Heal();
        cluster.Settle();
        cluster.Run(TimeSpan.FromSeconds(10));

        for (int node = 1; node <= 3; node++)
        {
            Assert.Equal(LoadResult.NotFound, cluster.On(node).TryLoad()?.Result);
        }
    }

    /// <summary>
    /// Found by no seed: a session had expired on one side, lived on, as the other side brought it, and was removed
    /// much later. That was forgotten at once, as it had been gone once for long enough, and the next side brought it
    /// again.
    /// </summary>
    [Fact]
    public void That_a_session_has_ended_is_remembered_from_its_last_end_on()
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = 5,
            PartitionPolicy = PartitionPolicy.Available,
            IdleTimeout = TimeSpan.FromSeconds(4),
            TombstoneRetention = TimeSpan.FromSeconds(2),
        });
        cluster.Settle();
        cluster.On(node: 4).Commit("shoes", "1");
        SessionId session = cluster.History.Sessions.Single().Id;
        cluster.Settle();
        cluster.Partition([1, 2, 3], [4, 5]);
        cluster.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(LoadResult.Found, cluster.On(node: 1).TryLoad()?.Result);
        Use(seconds: 9);
        Assert.True(cluster.Node(1).Process!.Machine.PlacementOf(session) is { IsExpired: true });
        cluster.Heal();
        Use(seconds: 14);
        Assert.True(cluster.Node(1).Process!.Machine.PlacementOf(session) is { IsAlive: true });
        cluster.Partition([1, 2, 3], [4, 5]);
        cluster.Run(TimeSpan.FromSeconds(2));
        Use(seconds: 1);

        Assert.Equal(CommitResult.Committed, cluster.On(node: 1).Remove());
        Use(seconds: 3);
        cluster.Heal();
        cluster.Settle();

        Assert.Equal(LoadResult.NotFound, cluster.On(node: 1).TryLoad()?.Result);

        void Use(int seconds)
        {
            for (int second = 0; second < seconds; second++)
            {
                cluster.Run(TimeSpan.FromSeconds(1));
                cluster.On(node: 4).Commit("shoes", $"{second}");
            }
        }
    }
}
