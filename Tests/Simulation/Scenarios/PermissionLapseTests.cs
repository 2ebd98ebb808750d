using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A lease may end and be renewed between two ticks. Whoever asks in between waits for the permission to come back, and
/// not for longer.
/// </summary>
public sealed class PermissionLapseTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A lease lasts for 750 ms and heartbeats are 225 ms apart: an acknowledgement that takes a little longer than the
    /// difference renews the lease a moment after it has ended.
    /// </summary>
    [Theory]
    [InlineData(524)]
    [InlineData(530)]
    [InlineData(536)]
    public void Who_asks_in_between_is_answered(int milliseconds)
    {
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 3, HeartbeatInterval = TimeSpan.FromMilliseconds(225) });
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        SimulatedNode primary = cluster.Node(cluster.PrimaryOf());
        SimulatedProcess process = primary.Process!;
        SessionHistory session = cluster.History.Sessions[0];
        foreach (SimulatedNode other in cluster.Nodes.Where(node => node != primary))
        {
            cluster.Network.Condition(other.Host, primary.Host).Clog = TimeSpan.FromMilliseconds(milliseconds);
        }

        int asked = 0;
        var answers = new List<LoadResult?>();
        TimeSpan end = cluster.Queue.Now + Watched;
        while (cluster.Queue.Now < end)
        {
            cluster.Run(Look);
            if (process.Machine.IsReady && !process.Machine.HasPermission(process.Now))
            {
                asked++;
                process.Ask(new LoadRequest(session, answer => answers.Add(answer?.Result)));
            }
        }

        cluster.Heal();
        cluster.Settle();
        Assert.True(asked > 0, "The permission never lapses.");
        Assert.Equal(asked, answers.Count);
        Assert.DoesNotContain(LoadResult.Unavailable, answers);
    }
}
