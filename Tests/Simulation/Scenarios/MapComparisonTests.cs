using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>The comparison of maps in the background: it finds what lasts, not what is under way.</summary>
public sealed class MapComparisonTests
{
    [Fact]
    public void Sessions_that_begin_all_the_time_are_not_taken_for_differences()
    {
        var repaired = new List<ClusterEvent>();

        // Some ten thousand sessions, which the checkers would all look at again and again.
        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = 3, HasVoter = true, IsChecked = false })
        {
            Happened = happened => repaired.AddRange(happened is LocationsRepaired ? [happened] : []),
        };
        cluster.Settle();
        int compared = 0;
        int fetched = 0;
        cluster.Network.MessageSent = (_, envelope) =>
        {
            compared += envelope.Message is MapDigests ? 1 : 0;
            fetched += envelope.Message is MapPageRequest ? 1 : 0;
        };

        TimeSpan end = cluster.Queue.Now + TimeSpan.FromSeconds(20);
        for (int number = 1; cluster.Queue.Now < end; number++)
        {
            cluster.On(1 + (number % 3), $"basket {number}").Commit("cart", "shoes");
        }

        Assert.InRange(compared, 3, int.MaxValue);
        Assert.Equal(0, fetched);
        Assert.Empty(repaired);
    }
}
