using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// The connection to a session's primary breaks while a commit is on its way there, or its answer on the way back.
/// </summary>
public sealed class LostForwardTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(0.25);

    /// <summary>A connection is dialed anew, and its first heartbeat heard; a third of <c>CommitTimeout</c>.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(700);

    /// <summary>Broken a quarter of a millisecond later each time: before it has arrived, and after.</summary>
    [Fact]
    public void A_commit_with_its_request_s_key_is_sent_again_and_comes_true_once()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        int primary = cluster.PrimaryOf();
        int stranger = cluster.StrangerTo();
        for (int number = 1; number <= 20; number++)
        {
            List<CommitResult?> answers = Forward(cluster, stranger, number, Outcome(number));
            cluster.Run(Step * number);
            cluster.BreakConnection(stranger, primary);
            cluster.RunUntil(() => answers.Count > 0, Soon, $"the answer to commit {number}");

            Assert.Contains(answers.Single(), new CommitResult?[] { CommitResult.Committed, CommitResult.Repeated });
            cluster.Settle();
            Assert.Equal((primary, $"{number}"), (cluster.PrimaryOf(), cluster.On(primary).Load("cart")));
        }
    }

    [Fact]
    public void A_commit_without_a_key_is_not_sent_again()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        int primary = cluster.PrimaryOf();
        int stranger = cluster.StrangerTo();
        cluster.Cut(stranger, primary);
        List<CommitResult?> answers = Forward(cluster, stranger, 1, null);
        cluster.BreakConnection(stranger, primary);
        cluster.Heal();
        cluster.On(primary).Commit("cart", "2");
        cluster.RunUntil(() => answers.Count > 0, TimeSpan.FromSeconds(3), "the answer");

        Assert.Equal([CommitResult.Unavailable], answers);
        cluster.Settle();
        Assert.Equal("2", cluster.On(primary).Load("cart"));
    }

    private static List<CommitResult?> Forward(
        SimulatedCluster cluster, int node, int number, RecordedOutcome? outcome)
    {
        SessionHistory session = cluster.History.Sessions.Single();
        long written = cluster.History.NextNumber();
        List<CommitResult?> answers = [];
        cluster.On(node).Ask(new CommitRequest(
            session,
            new WriteRecord(written, [new KeyWrite("cart", HasBody: false)]),
            SessionDelta.Setting("cart", WorkloadValue.Of(written, $"{number}")) with { Outcome = outcome },
            creates: false,
            completed => answers.Add(completed?.Result)));
        return answers;
    }

    private static RecordedOutcome Outcome(int number) => new(new Guid(number, 0, 0, new byte[8]), [1]);
}
