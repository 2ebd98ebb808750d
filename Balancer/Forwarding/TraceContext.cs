using System.Diagnostics;

namespace SessionCluster.Balancer.Forwarding;

/// <summary>
/// Tells the node which trace its request belongs to: that of the try. The handler below would do so with a span of its
/// own, and describe each failed connection's exception in it; a node's death fails many requests at once. The span of
/// the try says why it failed.
/// </summary>
internal sealed class TraceContext(HttpMessageHandler inner, DistributedContextPropagator propagator)
    : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Activity.Current is { } span)
        {
            propagator.Inject(span, request, SetHeader);
        }

        return base.SendAsync(request, cancellationToken);
    }

    private static void SetHeader(object? carrier, string name, string value) =>
        ((HttpRequestMessage)carrier!).Headers.TryAddWithoutValidation(name, value);
}
