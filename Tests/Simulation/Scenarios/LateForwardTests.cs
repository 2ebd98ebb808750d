using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A commit that is forwarded over a way that stands still comes when nobody waits for it any more. Its request has
/// been tried again at another node, and what its key has done may be forgotten.
/// </summary>
public sealed class LateForwardTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(
        SessionState.OutcomesAge * 100) + TimeSpan.FromSeconds(5);

    /// <summary>Seed 1430010595 of <c>Single</c>.</summary>
    [Fact]
    public void It_does_not_come_true_once_more()
    {
        SimulatedCluster cluster = WithConnectionsThatNeverBreak();
        int primary = cluster.PrimaryOf();
        int stranger = cluster.StrangerTo();
        cluster.Cut(stranger, primary);
        cluster.Cut(primary, stranger);
        Assert.Equal(CommitResult.Unavailable, cluster.On(stranger).TryCommit("cart", "boots", Outcome(0)));
        cluster.On(primary).Commit("cart", "boots", Outcome(0));
        cluster.Run(Long);
        for (int number = 1; number <= SessionState.OutcomesKept; number++)
        {
            cluster.On(primary).Commit("cart", "socks", Outcome(number));
        }

        cluster.Heal();
        cluster.Settle();
        Assert.Equal("socks", cluster.On(primary).Load("cart"));
    }

    /// <summary>
    /// A connection that has just come up says nothing of how old its messages are until a heartbeat is heard.
    /// </summary>
    [Fact]
    public void It_waits_for_the_first_heartbeat_of_a_connection()
    {
        SimulatedCluster cluster = WithConnectionsThatNeverBreak();
        int primary = cluster.PrimaryOf();
        int stranger = cluster.StrangerTo();
        Connection? Between() => cluster.Node(stranger).Process!.Links[primary - 1];
        for (int times = 1; times <= 20; times++)
        {
            cluster.BreakConnection(stranger, primary);
            cluster.RunUntil(() => Between() is null, Soon, "the end of the connection");
            if (times % 2 == 0)
            {
                cluster.RunUntil(() => Between() is not null, Soon, "the next connection");
            }

            TimeSpan began = cluster.Queue.Now;
            cluster.On(stranger).Commit("cart", $"{times}");
            Assert.InRange(cluster.Queue.Now - began, TimeSpan.Zero, TimeSpan.FromMilliseconds(700));
            cluster.Settle();
        }
    }

    private static RecordedOutcome Outcome(int number) => new(new Guid(number, 0, 0, new byte[8]), [1]);

    private static SimulatedCluster WithConnectionsThatNeverBreak()
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            HasVoter = true,
            Network = new NetworkProfile { BreaksAfter = null },
        });
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        return cluster;
    }
}
