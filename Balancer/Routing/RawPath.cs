using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;

namespace SessionCluster.Balancer.Routing;

/// <summary>
/// Passes a path with an escaped slash on as the client wrote it. A server takes <c>%2f</c> for a character of a
/// segment and leaves it as it is, so what the proxy makes of the path that the server read would escape it a second
/// time.
/// </summary>
internal static class RawPath
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Sets the address of the message to the node, where the path has an escaped slash.</summary>
    public static ValueTask Keep(RequestTransformContext context)
    {
        // Nothing may make another path of it on the way: the node must read what the balancer has read, or paths that
        // are closed here would be open there.
        string? target = context.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (target is ['/', ..] && target.Contains('%') && target.Contains("%2f", StringComparison.OrdinalIgnoreCase)
            && !target.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            context.ProxyRequest.RequestUri = new Uri(context.DestinationPrefix.TrimEnd('/') + target, AsItIs);
        }

        return ValueTask.CompletedTask;
    }
}
