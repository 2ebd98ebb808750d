using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace SessionCluster.Balancer.Health;

/// <summary>
/// One connection that could not be made is proof enough: nothing listens there. The node is out at once, and back with
/// the first probe that it answers. YARP's own passive policy waits for ten requests.
/// </summary>
internal sealed class RefusedConnectionPolicy(NodeHealth health) : IPassiveHealthCheckPolicy
{
    public const string PolicyName = "RefusedConnection";

    public string Name => PolicyName;

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        if (context.Features.Get<IForwarderErrorFeature>()?.Exception is HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError
                    or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError,
            } refusal)
        {
            health.Eject(cluster, destination, refusal.Message);
        }
    }
}
