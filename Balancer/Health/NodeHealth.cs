using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace SessionCluster.Balancer.Health;

/// <summary>Takes a node out, and says so. The next probe that the node answers brings it back.</summary>
internal sealed partial class NodeHealth(IDestinationHealthUpdater updater, ILogger<NodeHealth> logger)
{
    /// <summary>No request goes to <paramref name="node"/> from now on, as long as another one is available.</summary>
    public void Eject(ClusterState cluster, DestinationState node, string reason)
    {
        if (node.Health.Active == DestinationHealth.Unhealthy)
        {
            return;
        }

        // The active state, not the passive one: that would keep a node out for a fixed time after it has come back.
        Ejected(node.DestinationId, reason);
        updater.SetActive(cluster, [new NewActiveDestinationHealth(node, DestinationHealth.Unhealthy)]);
    }

    [LoggerMessage(501, LogLevel.Warning, "Node {Node} gets no more requests: {Reason}", EventName = nameof(Ejected))]
    private partial void Ejected(string node, string reason);
}
