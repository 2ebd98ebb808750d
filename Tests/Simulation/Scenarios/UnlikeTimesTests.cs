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

    /// <summary>Which processes wait long is a matter of chance: a seed in which exactly one of four does so.</summary>
    private static (SimulatedCluster Cluster, int WaitsLong) WithOneThatWaitsLong()
    {
        for (ulong seed = 1; seed < 100; seed++)
        {
            var cluster = new SimulatedCluster(
                new ClusterOptions { Seed = seed, SuspectAfter = Long, OtherSuspectAfter = Short });
            cluster.Settle();
            int[] waiting =
            [
                .. Enumerable.Range(1, 4).Where(
                    node => cluster.Options.SuspectAfterOf(cluster.Node(node).Process!.Member) == Long),
            ];
            if (waiting.Length == 1)
            {
                cluster.On(waiting[0]).Commit("cart", "shoes");
                return (cluster, waiting[0]);
            }
        }

        throw new InvalidOperationException("No seed has exactly one.");
    }
}
