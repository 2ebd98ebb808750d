using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Members that are set differently, as while a setting is changed on one after the other: who is cut off may believe to
/// be heard for as long as it is set itself.
/// </summary>
public sealed class UnlikeTimesTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Where the others went by their own silence, they went on after a second, and the one that was cut off answered
    /// reads for six. A fifth of all seeds with such times found that.
    /// </summary>
    [Fact]
    public void Who_waits_longest_is_waited_for_before_others_serve_what_it_leads()
    {
        (SimulatedCluster cluster, int cutOff) = WithOneThatWaitsLong();
        Assert.Equal("shoes", cluster.On(cutOff).Load("cart"));
        int other = 1 + (cutOff % cluster.Nodes.Count);
        cluster.Partition([.. Enumerable.Range(1, 4).Where(node => node != cutOff)], [cutOff]);

        ReplicationNode alone = cluster.Node(cutOff).Process!.Machine;
        while (alone.HasPermission(cluster.Node(cutOff).Process!.Now))
        {
            Assert.True(cluster.Node(other).Process!.Machine.View.Contains(cluster.Node(cutOff).Process!.Member));
            cluster.Run(Look);
        }

        cluster.Run(Long * 2);
        cluster.On(other).Commit("cart", "socks");
        cluster.Heal();
        cluster.Settle();
        Assert.Equal("socks", cluster.On(cutOff).Load("cart"));
    }

    /// <summary>Who has set less for itself is not called silent before the others call anybody so.</summary>
    [Fact]
    public void Who_waits_shortest_serves_nothing_by_the_time_of_the_others()
    {
        (SimulatedCluster cluster, int longest) = WithOneThatWaitsLong();
        int cutOff = 1 + (longest % cluster.Nodes.Count);
        cluster.Partition([.. Enumerable.Range(1, 4).Where(node => node != cutOff)], [cutOff]);
        cluster.Run(Short);

        SimulatedProcess alone = cluster.Node(cutOff).Process!;
        Assert.False(alone.Machine.HasPermission(alone.Now));
        Assert.True(cluster.Node(longest).Process!.Machine.View.Contains(alone.Member));
        cluster.Heal();
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(cutOff).Load("cart"));
    }

    /// <summary>
    /// Whose heartbeats are further apart than another's silence was no backup for that one half of the time, and
    /// sessions began with one copy.
    /// </summary>
    [Fact]
    public void Who_speaks_seldom_is_a_backup_of_who_would_call_itself_silent_sooner()
    {
        (SimulatedCluster cluster, int longest) = WithOneThatWaitsLong(nodes: 2, TimeSpan.FromSeconds(1.8));
        int other = 3 - longest;
        for (int session = 0; session < 60; session++)
        {
            cluster.On(other, session: $"session {session}").Commit("cart", "hat");
            Assert.Equal(0, cluster.Node(other).Process!.Machine.UnprotectedCount);
            cluster.Run(TimeSpan.FromSeconds(1.37));
        }
    }

    /// <summary>Which processes wait long is a matter of chance: a seed in which exactly one node does so.</summary>
    /// <param name="nodes">How many nodes; of two, a voter is the third member.</param>
    /// <param name="heartbeats">How often the one that waits long says that it lives.</param>
    private static (SimulatedCluster Cluster, int WaitsLong) WithOneThatWaitsLong(
        int nodes = 4, TimeSpan? heartbeats = null)
    {
        for (ulong seed = 1; seed < 100; seed++)
        {
            var options = new ClusterOptions
            {
                Seed = seed, Nodes = nodes, HasVoter = nodes == 2, SuspectAfter = Long, Others = new OtherSettings(SuspectAfter: Short),
            };
            var cluster = new SimulatedCluster(
                options with { HeartbeatInterval = heartbeats ?? options.HeartbeatInterval });
            cluster.Settle();
            int[] waiting =
            [
                .. Enumerable.Range(1, cluster.Nodes.Count).Where(
                    node => cluster.Options.SuspectAfterOf(cluster.Node(node).Process!.Member) == Long),
            ];
            if (waiting.Length == 1 && waiting[0] <= nodes)
            {
                cluster.On(waiting[0]).Commit("cart", "shoes");
                return (cluster, waiting[0]);
            }
        }

        throw new InvalidOperationException("No seed has exactly one.");
    }
}
