using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>An end of a session that only a few have recorded may come to nothing.</summary>
public sealed class EndInDoubtTests
{
    private const int Primary = 2;
    private const int Ignorant = 1;

    /// <summary>
    /// Found by reading: who has never heard of a session asks the others. One of them has recorded the end that the
    /// primary wants, and nobody else has; that is no quorum's word either.
    /// </summary>
    [Fact]
    public void Who_is_told_of_it_on_asking_does_not_call_the_session_gone()
    {
        var cluster = new SimulatedCluster(nodes: 5);
        cluster.Settle();
        cluster.Cut(Primary, Ignorant);
        cluster.On(Primary).Commit("cart", "shoes");
        cluster.Run(TimeSpan.FromMilliseconds(20));
        SessionHistory history = cluster.History.Sessions.Single();
        Assert.Null(cluster.Node(Ignorant).Process!.Machine.PlacementOf(history.Id));
        Placement placement = cluster.Node(Primary).Process!.Machine.PlacementOf(history.Id)!;
        int witness = Enumerable.Range(1, 5).First(
            node => node is not Primary and not Ignorant && !placement.Contains(cluster.Node(node).Process!.Member));
        foreach (int other in Enumerable.Range(1, 5).Except([Primary, Ignorant, witness]))
        {
            cluster.Cut(Primary, other);
            cluster.Cut(other, Ignorant);
        }

        cluster.On(Primary).Ask(new RemoveRequest(history, static _ => { }));
        cluster.RunUntil(
            () => cluster.Node(witness).Process!.Machine.PlacementOf(history.Id) is { IsRemoved: true },
            TimeSpan.FromMilliseconds(100), "the end at one of them");
        LoadResult? result = null;
        cluster.On(Ignorant).Ask(new LoadRequest(history, answer => result = answer?.Result));
        cluster.Run(TimeSpan.FromMilliseconds(50));

        Assert.Null(result);
        cluster.Crash(Primary);
        cluster.Heal();
        cluster.Settle();
    }
}
