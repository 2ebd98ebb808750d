using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>A node asks the owner of a session for it, and is told nothing that helps.</summary>
public sealed class AskedOwnerTests
{
    /// <summary>Its patience, and more; far below <c>CommitTimeout</c>.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(700);

    /// <summary>Nothing else would ask again for what waits here.</summary>
    [Fact]
    public void Whoever_is_told_that_nothing_is_known_asks_again()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        int owner = cluster.PrimaryOf();
        int stranger = cluster.StrangerTo();
        SessionHistory session = cluster.History.Sessions.Single();
        List<LoadResult?> answers = [];
        cluster.Network.Condition(stranger - 1, owner - 1).Clog = Soon;
        cluster.On(stranger).Ask(new LoadRequest(session, completed => answers.Add(completed?.Result)));
        cluster.Node(stranger).Process!.Take(
            new PeerMessage(cluster.Node(owner).Process!.Member, new Moved(session.Id, default)));

        cluster.RunUntil(() => answers.Count > 0, 2 * Soon, "the answer");
        cluster.Run(Soon);

        string question = $"node{stranger}#";
        Assert.InRange(cluster.Trace.Latest(int.MaxValue).Count(line =>
            line.Contains($"<- {question}", StringComparison.Ordinal)
            && line.Contains(" TakeOver View=", StringComparison.Ordinal)), 2, 3);
        Assert.Equal([LoadResult.Found], answers);
        cluster.Settle();
    }
}
