using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A side hands in a session that lives (policy Available), is out of reach before that is answered, serves on, and
/// removes it. When it comes back the late answer to the first is no answer to the second.
/// </summary>
public sealed class RemovedBetweenTests
{
    private const int Back = 4;
    private const int Voter = 5;

    private static readonly TimeSpan UntilServed = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan UntilHandedIn = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(600);

    /// <summary>Seed 1477600110: the removed session came back, though its removal had been acknowledged.</summary>
    [Fact]
    public void A_late_answer_to_what_lived_does_not_stand_for_its_removal()
    {
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 4, HasVoter = true, PartitionPolicy = PartitionPolicy.Available });
        cluster.Settle();
        cluster.On(Back).Commit("cart", "shoes");
        cluster.Settle();
        cluster.Partition([1, 2, 3], [Back, Voter]);
        cluster.Run(UntilServed);
        cluster.On(Back).Commit("cart", "boots");
        SimulatedProcess back = cluster.Node(Back).Process!;
        HandIn lived = Reunite(cluster, back, isEnd: false).Given;
        cluster.Partition([1, 2, 3], [Back, Voter]);
        cluster.Run(UntilServed);

        // The removal is under way when the sides meet again: nobody has acknowledged it yet.
        cluster.Network.Condition(Voter - 1, Back - 1).Clog = Slow;
        back.Ask(new RemoveRequest(cluster.History.Sessions[0], static _ => { }));
        (Member to, HandIn _) = Reunite(cluster, back, isEnd: true);

        // The answer comes to what was handed in before, and then the removal is lost with its connection.
        back.Take(new PeerMessage(to, new HandedIn(lived.Session, lived.Sequence, HandInVerdict.Taken, default)));
        cluster.BreakConnection(Back, cluster.HostOf(to.Node) + 1);
        ExpectHandIn(cluster, back, isEnd: true);
        cluster.Network.Condition(Voter - 1, Back - 1).Clog = TimeSpan.Zero;
        cluster.Settle();
        Assert.Equal(LoadResult.NotFound, cluster.On(node: 2).TryLoad()?.Result);
        Assert.Equal(LoadResult.NotFound, cluster.On(Back).TryLoad()?.Result);
    }

    private static (Member To, HandIn Given) Reunite(SimulatedCluster cluster, SimulatedProcess back, bool isEnd)
    {
        cluster.Network.Partition(static _ => 0);
        return ExpectHandIn(cluster, back, isEnd);
    }

    private static (Member To, HandIn Given) ExpectHandIn(SimulatedCluster cluster, SimulatedProcess back, bool isEnd)
    {
        (Member To, HandIn Given)? said = null;
        cluster.Overheard = (sender, envelope) => said ??= sender == back && envelope.Message is HandIn given
            && given.Configuration.Placement.IsRemoved == isEnd ? (envelope.To, given) : null;
        cluster.RunUntil(() => said is not null, UntilHandedIn, isEnd ? "the removal is handed in" : "it is handed in");
        cluster.Overheard = null;
        return said!.Value;
    }
}
