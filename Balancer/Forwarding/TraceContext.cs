using System.Diagnostics;

namespace SessionCluster.Balancer.Forwarding;

/// <summary>
/// Tells the node which trace its request belongs to: that of the try. The handler below would do so with a span of its
/// own, and write the text of each failed connection's exception into it, with the lines of the source files. That takes
/// milliseconds for each of the many requests that a node's death fails at once; the span of the try says why it failed.
/// </summary>
internal sealed class TraceContext(HttpMessageHandler inner, DistributedContextPropagator propagator)
    : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        propagator.Inject(Activity.Current, request, SetHeader);
        return base.SendAsync(request, cancellationToken);
    }

    private static void SetHeader(object? carrier, string name, string value) =>
        ((HttpRequestMessage)carrier!).Headers.TryAddWithoutValidation(name, value);
}
