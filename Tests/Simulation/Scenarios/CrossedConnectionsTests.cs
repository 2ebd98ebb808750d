using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Two members dial each other in one moment, and each takes the other's connection for the one that stays. Whoever
/// gives a connection up closes it, so the other end notices and dials again, however patient it is with silence.
/// </summary>
public sealed class CrossedConnectionsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Seed 179585264500009 of <c>Single</c>: the simulated network never told the other end.</summary>
    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void Both_ends_mean_the_same_connection_in_the_end(int first, int second)
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = 2,
            Network = new NetworkProfile { BreaksAfter = null },
        });
        cluster.Settle();
        (SimulatedProcess one, SimulatedProcess other) = (cluster.Node(first).Process!, cluster.Node(second).Process!);
        Connection former = one.Links[other.Host]!;
        SimulatedNetwork.Close(former, one);
        SimulatedNetwork.Close(former, other);

        cluster.Network.Condition(one.Host, other.Host).Clog = TimeSpan.FromMilliseconds(50);
        cluster.Network.Open(one, other);
        cluster.Network.Open(other, one);
        cluster.RunUntil(() => other.Links[one.Host]?.Dialer == one, Limit, "what was dialed first comes last");
        Assert.NotSame(one.Links[other.Host], other.Links[one.Host]);

        cluster.Heal();
        cluster.Settle(Limit);
        Assert.Same(one.Links[other.Host], other.Links[one.Host]);
    }
}
