using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Transforms;

namespace SessionCluster.Balancer.Routing;

/// <summary>
/// The headers that balancer and nodes say to each other: <c>Session-Route</c> and <c>Session-Cluster-*</c>. No client
/// can send one through, and none reaches a client.
/// </summary>
internal static class InternalHeaders
{
    private const string Prefix = "Session-Cluster-";

    /// <summary>Takes internal headers that a client made up out of its request.</summary>
    public static Task RemoveFromRequest(HttpContext context, RequestDelegate next)
    {
        RemoveFrom(context.Request.Headers);
        return next(context);
    }

    /// <summary>Takes the node's internal headers out of the response, after the affinity policy has read them.</summary>
    public static ValueTask RemoveFromResponse(ResponseTransformContext context)
    {
        RemoveFrom(context.HttpContext.Response.Headers);
        return ValueTask.CompletedTask;
    }

    private static void RemoveFrom(IHeaderDictionary headers)
    {
        List<string>? found = null;
        foreach (KeyValuePair<string, StringValues> header in headers)
        {
            if (header.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
                || header.Key.Equals(SessionRoute.HeaderName, StringComparison.OrdinalIgnoreCase))
            {
                (found ??= []).Add(header.Key);
            }
        }

        foreach (string name in found ?? [])
        {
            headers.Remove(name);
        }
    }
}
