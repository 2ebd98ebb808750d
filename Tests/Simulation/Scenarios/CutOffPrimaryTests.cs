using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>A primary is cut off for a moment, while it has something to say to its holders.</summary>
public sealed class CutOffPrimaryTests
{
    /// <summary>
    /// It asked one after the other, found that nobody was left, and when it was back it had recorded that it was the
    /// only holder: the others dropped what they had, and with the next death all would have been gone.
    /// </summary>
    [Theory]
    [InlineData(3, 1)]
    [InlineData(5, 2)]
    public void It_does_not_come_back_as_the_only_holder(int nodes, int backups)
    {
        for (int milliseconds = 400; milliseconds < 1100; milliseconds += 50)
        {
            int fewest = nodes;
            var cluster = new SimulatedCluster(new ClusterOptions
            {
                Nodes = nodes, Backups = backups, Detail = TraceDetail.Transcript,
            })
            {
                Happened = happened => fewest = happened is SessionPlaced placed
                    ? Math.Min(fewest, placed.Configuration.Placement.Holders.Count) : fewest,
            };
            cluster.Settle();
            cluster.On(node: 1).Commit("cart", "shoes");
            cluster.Settle();
            int primary = cluster.PrimaryOf();
            cluster.Partition([.. Enumerable.Range(1, nodes).Where(node => node != primary)], [primary]);
            Commit(cluster, primary);
            cluster.Run(TimeSpan.FromMilliseconds(milliseconds));
            cluster.Heal();
            cluster.Settle();

            Assert.True(fewest > 1, $"after {milliseconds} ms it was the only holder");
        }
    }

    private static void Commit(SimulatedCluster cluster, int node)
    {
        var write = new WriteRecord(cluster.History.NextNumber(), [new KeyWrite("cart", HasBody: false)]);
        var delta = SessionDelta.Setting("cart", WorkloadValue.Of(write.Number, "socks"));
        cluster.Node(node).Process!.Ask(
            new CommitRequest(cluster.History.Sessions.Single(), write, delta, creates: false, static _ => { }));
    }
}
