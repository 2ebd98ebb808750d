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
}
