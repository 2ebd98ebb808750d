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

    /// <summary>
    /// Story 1795870188 (<c>--aftershock</c>): only the voter heard it any more, and its backup was stopped for a moment.
    /// It had the voter record that it was the only holder, the next view began with that, and the one after was
    /// without it: so nobody served the session while the backup had all of it.
    /// </summary>
    [Theory]
    [InlineData(700)]
    [InlineData(900)]
    [InlineData(1100)]
    public void It_takes_nothing_from_its_backup(int milliseconds)
    {
        const int Nodes = 5;
        var cluster = new SimulatedCluster(Nodes, voter: true);
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        (int primary, int backup) = (cluster.PrimaryOf(), cluster.BackupOf());
        foreach (int other in Enumerable.Range(1, Nodes).Where(node => node != primary))
        {
            cluster.Cut(primary, other);
            cluster.Cut(other, primary);
        }

        cluster.Run(TimeSpan.FromMilliseconds(milliseconds));
        cluster.Pause(backup);
        cluster.Run(TimeSpan.FromMilliseconds(1800));
        cluster.Resume(backup);
        cluster.Run(TimeSpan.FromSeconds(5));

        Assert.Equal("shoes", cluster.On(backup).Load("cart"));
    }

    private static void Commit(SimulatedCluster cluster, int node)
    {
        var write = new WriteRecord(cluster.History.NextNumber(), [new KeyWrite("cart", HasBody: false)]);
        var delta = SessionDelta.Setting("cart", WorkloadValue.Of(write.Number, "socks"));
        cluster.Node(node).Process!.Ask(
            new CommitRequest(cluster.History.Sessions.Single(), write, delta, creates: false, static _ => { }));
    }
}
