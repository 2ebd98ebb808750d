using System.Collections.Concurrent;
using SessionCluster.Balancer.Telemetry;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace SessionCluster.Balancer.Health;

/// <summary>Takes a node out, and says so. The next probe that the node answers brings it back.</summary>
internal sealed partial class NodeHealth(
    IDestinationHealthUpdater updater, BalancerTelemetry telemetry, ILogger<NodeHealth> logger)
{
    private readonly ConcurrentDictionary<string, bool> _ejected = new(StringComparer.Ordinal);

    /// <summary>
    /// Whether <paramref name="node"/> is out by proof (it refused, froze, died or leaves), and not only because a
    /// probe found it unready. Of nodes that are out, such a one is the last to ask.
    /// </summary>
    public bool IsEjected(DestinationState node) => _ejected.ContainsKey(node.DestinationId);

    /// <summary>A probe found <paramref name="node"/> ready: whatever put it out is over.</summary>
    public void Returned(DestinationState node) => _ejected.TryRemove(node.DestinationId, out _);

    /// <summary>No request goes to <paramref name="node"/> from now on, as long as another one is available.</summary>
    public void Eject(ClusterState cluster, DestinationState node, string reason)
    {
        _ejected[node.DestinationId] = true;
        if (node.Health.Active == DestinationHealth.Unhealthy)
        {
            return;
        }

        // The active state, not the passive one: that would keep a node out for a fixed time after it has come back.
        telemetry.Ejected(node.DestinationId);
        Ejected(node.DestinationId, reason);
        updater.SetActive(cluster, [new NewActiveDestinationHealth(node, DestinationHealth.Unhealthy)]);
    }

    [LoggerMessage(501, LogLevel.Warning, "Node {Node} gets no more requests: {Reason}", EventName = nameof(Ejected))]
    private partial void Ejected(string node, string reason);
}
