using Microsoft.AspNetCore.Http;
using SessionCluster.Balancer.Failover;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace SessionCluster.Balancer.Health;

/// <summary>
/// One connection that could not be made is proof enough, and so is a node that froze: it is out at once, and back with
/// the first probe that it answers. YARP's own passive policy waits for ten requests.
/// </summary>
internal sealed class FailedTryPolicy(NodeHealth health) : IPassiveHealthCheckPolicy
{
    public const string PolicyName = "FailedTry";

    public string Name => PolicyName;

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        TryFailure? failure = context.Features.Get<ForwardedRequest>()?.Failure;
        if (failure is TryFailure.NothingSent or TryFailure.Frozen)
        {
            string? why = context.Features.Get<IForwarderErrorFeature>()?.Exception?.Message;
            health.Eject(cluster, destination, why ?? failure.Value.Word());
        }
    }
}
