using Microsoft.Extensions.ObjectPool;
using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Failover;
using Yarp.ReverseProxy.Forwarder;

namespace SessionCluster.Balancer.Forwarding;

/// <summary>What forwards requests: YARP's client, with connections of our own making.</summary>
internal class NodeClientFactory(
    BalancerOptions options, ObjectPool<NodeWatch> watches, ILogger<ForwarderHttpClientFactory> logger)
    : ForwarderHttpClientFactory(logger)
{
    /// <summary>
    /// How long nothing may come on an HTTP/2 connection until the node is asked for a sign of life, and how long that
    /// may take. All requests share the connection: one that was cut off would hold them up until TCP repeats, after
    /// the cut has healed as well; one that ends while its node is only slow would fail them all.
    /// </summary>
    private static readonly (TimeSpan Delay, TimeSpan Timeout) SignOfLife =
        (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));

    /// <inheritdoc/>
    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler)
    {
        if (handler is SocketsHttpHandler { ActivityHeadersPropagator: { } propagator } sockets)
        {
            sockets.ActivityHeadersPropagator = null;
            handler = new TraceContext(handler, propagator);
        }

        return new FailureObserver(handler, watches);
    }

    /// <inheritdoc/>
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.ConnectCallback = (connection, cancellation) =>
            NodeConnection.OpenAsync(connection.DnsEndPoint, options.ConnectTimeout, cancellation);

        // Above what the callback allows, so that the callback is the one that speaks.
        handler.ConnectTimeout = options.ConnectTimeout + options.ConnectTimeout;

        (handler.KeepAlivePingDelay, handler.KeepAlivePingTimeout) = SignOfLife;
        handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always;

        // Below the 130 s after which a node's Kestrel closes an idle connection: a request must not meet that close.
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60);
    }
}
