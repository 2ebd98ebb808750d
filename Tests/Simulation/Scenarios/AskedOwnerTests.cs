using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>A node asks the owner of a session for it, and is told nothing that helps.</summary>
public sealed class AskedOwnerTests
{
    /// <summary>Its patience, and a way there and back; far below <c>CommitTimeout</c>.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(700);

    /// <summary>
    /// The question was lost with its connection, and an answer to an earlier one says that nothing is known: nobody
    /// would ask again for what waits here.
    /// </summary>
    [Fact]
    public void Whoever_is_told_that_nothing_is_known_asks_again()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        int owner = cluster.PrimaryOf();
        int stranger = cluster.StrangerTo();
        SessionHistory session = cluster.History.Sessions.Single();
        List<LoadResult?> answers = [];
        cluster.Cut(stranger, owner);
        cluster.On(stranger).Ask(new LoadRequest(session, completed => answers.Add(completed?.Result)));
        cluster.BreakConnection(stranger, owner);
        cluster.Heal();

        cluster.Node(stranger).Process!.Take(
            new PeerMessage(cluster.Node(owner).Process!.Member, new Moved(session.Id, default)));
        cluster.RunUntil(() => answers.Count > 0, Soon, "the answer");

        Assert.Equal([LoadResult.Found], answers);
        cluster.Settle();
    }
}
