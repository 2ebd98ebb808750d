using Microsoft.Extensions.ObjectPool;
using SessionCluster.Balancer.Health;

namespace SessionCluster.Balancer.Failover;

/// <summary>Makes watches, and takes those back that can be used again.</summary>
internal sealed class NodeWatchPolicy(FailoverOptions options, NodeAliveness aliveness, TimeProvider time)
    : PooledObjectPolicy<NodeWatch>
{
    /// <summary>How many are kept that nobody uses.</summary>
    public const int Retained = 1024;

    /// <inheritdoc/>
    public override NodeWatch Create() => new(aliveness, options, time);

    /// <inheritdoc/>
    public override bool Return(NodeWatch obj)
    {
        bool isReset = obj.TryReset();
        if (!isReset)
        {
            obj.Dispose();
        }

        return isReset;
    }
}
