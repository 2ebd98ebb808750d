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

        // Below the 130 s after which a node's Kestrel closes an idle connection: a request must not meet that close.
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60);
    }
}
