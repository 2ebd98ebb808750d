using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Whoever is left of its view when all others are dead may be the last one, or the one that they had gone on without.
/// </summary>
public sealed class LastOneLeftTests
{
    /// <summary>
    /// Seed 300923: a node was stopped while the cluster went on without it, and while everybody whom it knew began
    /// anew. When it went on it met their new processes, took itself for the last one left, and served what it had.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Who_slept_while_all_others_began_anew_is_not_the_last_one_left(ulong seed)
    {
        const int Sleeper = 4;
        var cluster = new SimulatedCluster(nodes: 4, seed, voter: true);
        cluster.Settle();
        cluster.On(Sleeper).Commit("cart", "shoes");
        cluster.Settle();
        int heir = cluster.BackupOf();
        int[] others = [1, 2, 3, cluster.BalancerHost + 1];
        int last = others.Last(node => node != heir);
        var untilAllIsWell = TimeSpan.FromSeconds(5);
        cluster.Partition([], [Sleeper]);
        cluster.Pause(Sleeper);
        cluster.Run(untilAllIsWell);
        cluster.On(heir).Commit("cart", "socks");
        foreach (int node in others)
        {
            cluster.Crash(node);
            cluster.Run(untilAllIsWell);
            if (node != last)
            {
                cluster.Restart(node);
                cluster.Run(untilAllIsWell);
            }
        }

        cluster.Heal();
        cluster.Restart(last);
        cluster.Resume(Sleeper);
        SimulatedProcess process = cluster.Node(Sleeper).Process!;
        cluster.RunUntil(
            () => others.All(node => process.Links[node - 1] is not null),
            ScenarioVerbs.SettleLimit,
            "its connections");
        foreach (int node in others.Where(node => node != last))
        {
            // The one that has just started is the first to say that it hears the sleeper.
            cluster.Network.Condition(node - 1, Sleeper - 1).Clog = TimeSpan.FromMilliseconds(50);
        }

        Assert.Equal("socks", cluster.On(Sleeper).Load("cart"));
    }

    /// <summary>
    /// Seed 61011341: the tie-breaker had gone on with a newcomer, and died. The other one took what the newcomer had
    /// said before that for an answer, and began a second view of that number.
    /// </summary>
    [Fact]
    public void What_a_silent_peer_said_before_a_death_does_not_tell_whether_the_dead_had_gone_on()
    {
        const int TieBreaker = 1;
        const int Other = 2;
        const int Newcomer = 3;
        var cluster = new SimulatedCluster(nodes: 3);
        cluster.Settle();
        cluster.Crash(Newcomer);
        cluster.Settle();
        long view = cluster.Node(Other).Process!.Machine.View.Number;
        cluster.Cut(TieBreaker, Other);
        cluster.Cut(Other, TieBreaker);
        cluster.Restart(Newcomer);
        cluster.Run(TimeSpan.FromMilliseconds(400));
        cluster.Cut(Newcomer, Other);
        cluster.Cut(Other, Newcomer);
        cluster.RunUntil(
            () => cluster.Node(Newcomer).Process!.Machine is { IsReady: true } machine && machine.View.Number > view,
            ScenarioVerbs.SettleLimit,
            "the view with the newcomer");

        cluster.Crash(TieBreaker);
        cluster.Network.Mend(TieBreaker - 1, Other - 1);
        cluster.Network.Mend(Other - 1, TieBreaker - 1);
        cluster.Run(TimeSpan.FromSeconds(4));
        Assert.Equal(view, cluster.Node(Other).Process!.Machine.View.Number);

        cluster.Heal();
        cluster.Settle();
    }
}
