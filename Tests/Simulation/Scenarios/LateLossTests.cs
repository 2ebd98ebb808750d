using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Found by F4 with real processes: a survivor whose map was not yet the proposer's copied it when the view had begun
/// there already, with the sessions that the view had lost. It knew then of all of them, and had called none lost.
/// </summary>
public sealed class LateLossTests
{
    [Fact]
    public void Who_enters_late_says_what_is_lost_as_the_others_do()
    {
        var said = new List<SessionsLost>();
        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = 6, HasVoter = true })
        {
            Happened = happened =>
            {
                if (happened is SessionsLost lost)
                {
                    said.Add(lost);
                }
            },
        };
        cluster.Settle();
        cluster.On(node: 6).Commit("cart", "shoes");
        cluster.Settle();
        int backup = cluster.BackupOf();
        int[] survivors = [.. Enumerable.Range(1, 5).Where(node => node != backup)];
        (int first, int late) = (survivors[0], survivors[^1]);

        // Its map is not that of the others, and what it hears of them comes all at once, when they have gone on.
        foreach (int slow in new[] { first - 1, cluster.BalancerHost })
        {
            cluster.Network.Condition(slow, late - 1).Clog = TimeSpan.FromMilliseconds(600);
        }

        cluster.On(first, "hat").Commit("size", "L");
        cluster.Run(TimeSpan.FromMilliseconds(50));
        cluster.Crash(6, backup);
        cluster.Run(TimeSpan.FromSeconds(5));

        Assert.Equal(survivors.Length + 1, said.Count);
        Assert.All(said, static lost => Assert.Equal(1, lost.Count));
        Assert.Single(said, static lost => lost.IsReporter);
        cluster.Heal();
        cluster.Settle();
    }
}
