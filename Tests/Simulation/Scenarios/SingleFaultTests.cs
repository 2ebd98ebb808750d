using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

public sealed class SingleFaultTests
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(500);

    [Fact]
    public void When_the_primary_dies_its_backup_serves_at_once_and_there_are_two_copies_again()
    {
        SimulatedCluster cluster = WithBasket(nodes: 4);
        int primary = cluster.PrimaryOf();
        int backup = cluster.BackupOf();
        cluster.Crash(primary);
        Assert.True(cluster.Settle() < AtOnce);
        Assert.Equal(backup, cluster.PrimaryOf());
        Assert.Equal("shoes", cluster.On(backup).Load("cart"));
    }

    [Fact]
    public void When_the_backup_dies_another_takes_its_place()
    {
        SimulatedCluster cluster = WithBasket(nodes: 4);
        int primary = cluster.PrimaryOf();
        cluster.Crash(cluster.BackupOf());
        Assert.True(cluster.Settle() < AtOnce);
        Assert.Equal(primary, cluster.PrimaryOf());
        Assert.Equal("shoes", cluster.On(primary).Load("cart"));
    }

    [Fact]
    public void When_both_holders_die_at_once_the_session_is_said_to_be_lost()
    {
        SimulatedCluster cluster = WithBasket(nodes: 4);
        int stranger = cluster.StrangerTo();
        cluster.Crash(cluster.PrimaryOf(), cluster.BackupOf());
        cluster.Settle();
        Assert.Equal(LoadResult.Lost, cluster.On(stranger).TryLoad()?.Result);
        Assert.Equal(CommitResult.Lost, cluster.On(stranger).TryCommit("cart", "socks"));
    }

    [Fact]
    public void When_nodes_die_one_after_another_the_last_has_everything()
    {
        SimulatedCluster cluster = WithBasket(nodes: 4);
        for (int alive = 4; alive > 1; alive--)
        {
            cluster.Crash(cluster.PrimaryOf());
            cluster.Settle();
        }

        int last = cluster.Nodes.Single(static node => node.IsUp).Host + 1;
        Assert.Equal("shoes", cluster.On(last).Load("cart"));
        cluster.On(last).Commit("cart", "socks");
        Assert.Equal(1, cluster.Node(last).Process!.Machine.UnprotectedCount);
    }

    [Fact]
    public void A_node_that_was_restarted_becomes_a_backup_when_one_is_needed()
    {
        SimulatedCluster cluster = WithBasket(nodes: 2);
        cluster.Crash(cluster.BackupOf());
        cluster.Settle();
        int primary = cluster.PrimaryOf();
        int restarted = 3 - primary;
        cluster.Restart(restarted);
        cluster.Settle();
        Assert.Equal(restarted, cluster.BackupOf());
        cluster.Crash(primary);
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(restarted).Load("cart"));
    }

    [Fact]
    public void A_request_on_a_node_without_a_copy_leaves_exactly_two()
    {
        SimulatedCluster cluster = WithBasket(nodes: 4);
        int stranger = cluster.StrangerTo();
        Assert.Equal("shoes", cluster.On(stranger).Load("cart"));
        cluster.Settle();
        Assert.Equal(stranger, cluster.PrimaryOf());
        Assert.Equal(2, cluster.Processes.Sum(static process => process.Machine.Copies.Count()));
    }

    [Fact]
    public void A_request_on_the_backup_makes_it_the_primary()
    {
        SimulatedCluster cluster = WithBasket(nodes: 4);
        int primary = cluster.PrimaryOf();
        int backup = cluster.BackupOf();
        Assert.Equal("shoes", cluster.On(backup).Load("cart"));
        cluster.Settle();
        Assert.Equal((backup, primary), (cluster.PrimaryOf(), cluster.BackupOf()));
    }

    [Fact]
    public void A_session_that_was_removed_is_found_nowhere()
    {
        SimulatedCluster cluster = WithBasket(nodes: 4);
        Assert.Equal(CommitResult.Committed, cluster.On(cluster.BackupOf()).Remove());
        cluster.Settle();
        for (int node = 1; node <= 4; node++)
        {
            Assert.Equal(LoadResult.NotFound, cluster.On(node).TryLoad()?.Result);
        }
    }

    /// <summary>At each instant of the change that gives it a new backup.</summary>
    [Theory]
    [MemberData(nameof(Tenths))]
    public void A_session_that_is_removed_while_its_holders_change_stays_removed(int tenths)
    {
        SimulatedCluster cluster = WithBasket(nodes: 4);
        int primary = cluster.PrimaryOf();
        cluster.Crash(cluster.BackupOf());
        cluster.Run(TimeSpan.FromMilliseconds(tenths / 10.0));
        Assert.Equal(CommitResult.Committed, cluster.On(primary).Remove());

        // Whoever would correct the one who is left is gone.
        cluster.Crash([.. Enumerable.Range(1, 4).Where(node => node != primary && cluster.Node(node).IsUp)]);
        cluster.Settle();
        Assert.Equal(LoadResult.NotFound, cluster.On(primary).TryLoad()?.Result);
    }

    [Fact]
    public void A_session_that_nobody_uses_expires_everywhere()
    {
        var cluster = new SimulatedCluster(new ClusterOptions { IdleTimeout = TimeSpan.FromSeconds(10) });
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Run(TimeSpan.FromSeconds(15));
        Assert.Equal(0, cluster.Processes.Sum(static process => process.Machine.Copies.Count()));
        Assert.Equal(LoadResult.NotFound, cluster.On(node: 2).TryLoad()?.Result);
    }

    [Fact]
    public void A_connection_that_breaks_loses_nothing()
    {
        SimulatedCluster cluster = WithBasket(nodes: 4);
        int primary = cluster.PrimaryOf();
        for (int round = 0; round < 20; round++)
        {
            cluster.BreakConnection(primary, cluster.BackupOf());
            cluster.On(primary).Commit("cart", $"pair {round}");
            Assert.Equal($"pair {round}", cluster.On(primary).Load("cart"));
        }

        cluster.Settle();
    }

    [Fact]
    public void A_node_that_leaves_hands_everything_over()
    {
        SimulatedCluster cluster = WithBasket(nodes: 3);
        cluster.Drain(cluster.PrimaryOf());
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(cluster.PrimaryOf()).Load("cart"));
        Assert.DoesNotContain(cluster.Trace.Transcript, static line => line.Contains("lost", StringComparison.Ordinal));
    }

    [Fact]
    public void With_a_copy_on_every_node_any_node_may_be_the_last()
    {
        var cluster = new SimulatedCluster(nodes: 4, seed: 1, backups: ReplicationSettings.AllOthers);
        cluster.Settle();
        cluster.On(node: 2).Commit("cart", "shoes");
        cluster.Settle();
        Assert.Equal(4, cluster.Processes.Sum(static process => process.Machine.Copies.Count()));
        cluster.Crash(1, 2);
        cluster.Crash(3);
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(node: 4).Load("cart"));
    }

    public static TheoryData<int> Tenths => [.. Enumerable.Range(0, 100)];

    internal static SimulatedCluster WithBasket(int nodes, ulong seed = 1, bool voter = false)
    {
        var cluster = new SimulatedCluster(nodes, seed, voter);
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        return cluster;
    }
}
