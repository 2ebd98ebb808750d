using SessionCluster.Balancer.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace SessionCluster.Balancer.Forwarding;

/// <summary>The client that forwards requests: YARP's (no redirects, cookies or proxy), with connections for our case.</summary>
internal sealed class NodeClientFactory(BalancerOptions options, ILogger<ForwarderHttpClientFactory> logger)
    : ForwarderHttpClientFactory(logger)
{
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
