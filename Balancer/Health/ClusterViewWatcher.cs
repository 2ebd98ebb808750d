using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Forwarding;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace SessionCluster.Balancer.Health;

/// <summary>
/// Acts on the members' view. A member that says it leaves, or is proven dead, gets nothing more. One that the others
/// gave up is asked whether it lives: what the balancer itself can reach counts more than what others could not.
/// </summary>
internal sealed class ClusterViewWatcher(
    IEnumerable<IClusterView> views,
    BalancerOptions options,
    NodeHealth health,
    NodeAliveness aliveness,
    IProxyStateLookup proxy) : IHostedService
{
    // Nobody is missed who has not been seen: a view that still forms is not a death. And nobody is ejected twice for
    // one piece of news: a node that died may have started again before the next.
    private readonly Dictionary<string, MemberStanding> _seen = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (IClusterView view in views)
        {
            view.Changed += Follow;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (IClusterView view in views)
        {
            view.Changed -= Follow;
        }

        return Task.CompletedTask;
    }

    private void Follow(IReadOnlyDictionary<string, MemberStanding> members)
    {
        if (!proxy.TryGetCluster(ProxyConfiguration.ClusterId, out ClusterState? cluster))
        {
            return;
        }

        foreach (NodeAddress node in options.Nodes)
        {
            if (!cluster.Destinations.TryGetValue(node.Name, out DestinationState? destination))
            {
                continue;
            }

            if (members.TryGetValue(node.Name, out MemberStanding standing))
            {
                if (Remember(node.Name, standing) && standing != MemberStanding.Serving)
                {
                    bool isDead = standing == MemberStanding.Dead;
                    health.Eject(cluster, destination, isDead ? "its process has ended" : "it leaves the cluster");
                }
            }
            else if (Forget(node.Name))
            {
                _ = EjectUnlessAliveAsync(cluster, destination, node);
            }
        }
    }

    private async Task EjectUnlessAliveAsync(ClusterState cluster, DestinationState destination, NodeAddress node)
    {
        if (!await aliveness.AnswersAsync(new Uri(node.Address)))
        {
            health.Eject(cluster, destination, "the cluster goes on without it");
        }
    }

    /// <summary>Whether it is news.</summary>
    private bool Remember(string name, MemberStanding standing)
    {
        lock (_lock)
        {
            bool isNews = !_seen.TryGetValue(name, out MemberStanding before) || before != standing;
            _seen[name] = standing;
            return isNews;
        }
    }

    /// <summary>Whether it was a member, and one that could be missed.</summary>
    private bool Forget(string name)
    {
        lock (_lock)
        {
            return _seen.Remove(name, out MemberStanding before) && before == MemberStanding.Serving;
        }
    }
}
