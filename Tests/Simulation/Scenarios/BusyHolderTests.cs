using System.Globalization;
using SessionCluster.Replication;
using SessionCluster.Replication.Sessions;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Found on a busy machine: what a dead backup had held was sent to others all at once, which took these longer than
/// <see cref="ReplicationSettings.HolderPatience"/>. So it was sent again, and to somebody else, and nobody was ever done.
/// </summary>
public sealed class BusyHolderTests
{
    private const int Sessions = 30;
    private static readonly TimeSpan ForEach = TimeSpan.FromMilliseconds(120);

    [Fact]
    public void Who_takes_one_copy_after_the_other_is_not_sent_them_again()
    {
        var cluster = new SimulatedCluster(nodes: 4);
        cluster.Settle();
        foreach (int number in Enumerable.Range(0, Sessions))
        {
            cluster.On(node: 1, session: string.Create(CultureInfo.InvariantCulture, $"s{number}")).Commit("cart", "shoes");
        }

        SimulatedProcess primary = cluster.Node(1).Process!;
        var sent = new Dictionary<SessionId, int>();
        cluster.Overheard = (sender, envelope) =>
        {
            if (sender == primary && envelope.Message is Replicate { Payload.Full: not null } copy)
            {
                sent[copy.Session] = sent.GetValueOrDefault(copy.Session) + 1;
            }
            else if (envelope.To == primary.Member && envelope.Message is Replicated)
            {
                // Each takes its time, behind the one before it.
                cluster.Network.Condition(sender.Host, primary.Host).Clog += ForEach;
            }
        };
        cluster.Crash(2);
        cluster.Run(TimeSpan.FromSeconds(4));
        cluster.Overheard = null;

        Assert.True(sent.Count > 4);
        Assert.All(sent.Values, static times => Assert.Equal(1, times));
        Assert.Equal(0, primary.Machine.UnprotectedCount);
        cluster.Heal();
        cluster.Settle();
    }
}
