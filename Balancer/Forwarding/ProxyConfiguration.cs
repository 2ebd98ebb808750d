using System.Net;
using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Health;
using SessionCluster.Balancer.Routing;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace SessionCluster.Balancer.Forwarding;

/// <summary>The balancer's options, in YARP's words: one route for everything, one cluster of all nodes.</summary>
internal static class ProxyConfiguration
{
    public const string ClusterId = "nodes";

    /// <summary>Makes the configuration, which stays as it is until the balancer's end.</summary>
    public static IProxyConfigProvider Create(BalancerOptions options) =>
        new InMemoryConfigProvider([Route(options)], [Cluster(options)]);

    private static RouteConfig Route(BalancerOptions options) => new()
    {
        RouteId = "everything",
        ClusterId = ClusterId,
        Match = new RouteMatch { Path = "/{**everything}" },
        MaxRequestBodySize = options.MaximumRequestBodyBytes,
    };

    private static ClusterConfig Cluster(BalancerOptions options) => new()
    {
        ClusterId = ClusterId,
        LoadBalancingPolicy = StrictRotation.PolicyName,
        Destinations = options.Nodes.ToDictionary(
            node => node.Name,
            node => new DestinationConfig { Address = options.Http2.GetValueOrDefault(node.Name, node.Address) },
            StringComparer.Ordinal),
        SessionAffinity = new SessionAffinityConfig
        {
            Enabled = true,
            Policy = RouteCookiePolicy.PolicyName,
            FailurePolicy = "Redistribute",
            AffinityKeyName = SessionRoute.CookieName,
        },
        HealthCheck = new HealthCheckConfig
        {
            // A wrong detector must never end in "no nodes": if none seems healthy, all are tried.
            AvailableDestinationsPolicy = "HealthyOrPanic",
            Active = new ActiveHealthCheckConfig
            {
                Enabled = true,
                Interval = options.ProbeInterval,
                Timeout = options.ProbeTimeout,
                Policy = ProbePolicy.PolicyName,
                Path = "/health",
            },
            Passive = new PassiveHealthCheckConfig
            {
                Enabled = options.Failover.IsEnabled,
                Policy = FailedTryPolicy.PolicyName,
            },
        },
        HttpRequest = new ForwarderRequestConfig
        {
            Version = options.Http2.Count > 0 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            ActivityTimeout = options.ActivityTimeout,
        },
    };
}
