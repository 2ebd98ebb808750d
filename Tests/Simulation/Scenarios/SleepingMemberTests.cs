using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>Whoever sleeps hears nothing: what it has not heard meanwhile was not silence.</summary>
public sealed class SleepingMemberTests
{
    /// <summary>
    /// Seed 1501012565: a node that was scheduled for a moment now and then heard in one that the others of its view
    /// were dead, and in the next, many seconds later, that nobody had said more since.
    /// </summary>
    [Fact]
    public void Nobody_could_say_more_to_who_slept()
    {
        const int Sleeper = 3;
        const int Heir = 4;
        var cluster = new SimulatedCluster(nodes: 4);
        cluster.Settle();
        cluster.Crash(Heir);
        cluster.Settle();
        cluster.On(Sleeper).Commit("cart", "shoes");
        cluster.Settle();
        cluster.Partition([], [Sleeper]);
        cluster.Pause(Sleeper);
        cluster.Restart(Heir);
        cluster.Run(TimeSpan.FromSeconds(5));
        cluster.On(Heir).Commit("cart", "socks");
        foreach (int dying in new[] { 1, 2 })
        {
            cluster.Crash(dying);
            cluster.Run(TimeSpan.FromSeconds(5));
        }

        cluster.Heal();
        cluster.Cut(Heir, Sleeper);
        cluster.Cut(Sleeper, Heir);
        cluster.Resume(Sleeper);
        cluster.Run(TimeSpan.FromSeconds(1));
        cluster.Pause(Sleeper);
        cluster.Run(TimeSpan.FromSeconds(20));
        cluster.Resume(Sleeper);
        cluster.Run(TimeSpan.FromSeconds(1));
        cluster.Heal();

        Assert.Equal("socks", cluster.On(Sleeper).Load("cart"));
    }

    /// <summary>
    /// 179592454000014 of <c>DividedFull</c>: a node that had just started was scheduled for a moment now and then, and
    /// went on alone when it woke beside the others, as it had found nobody in all that time.
    /// </summary>
    [Fact]
    public void Who_slept_has_not_looked_for_a_cluster()
    {
        const int Sleeper = 3;
        var divisions = new List<SidesDivided>();
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 3, PartitionPolicy = PartitionPolicy.Available })
        {
            Happened = happened =>
            {
                if (happened is SidesDivided divided)
                {
                    divisions.Add(divided);
                }
            },
        };
        cluster.Settle();
        cluster.Crash(Sleeper);
        cluster.Settle();
        cluster.Partition([Sleeper], [1, 2]);
        cluster.Restart(Sleeper);
        cluster.Run(TimeSpan.FromSeconds(1));
        cluster.Pause(Sleeper);
        cluster.Heal();
        cluster.Run(TimeSpan.FromSeconds(10));
        cluster.Resume(Sleeper);
        cluster.Settle();

        Assert.Empty(divisions);
    }
}
