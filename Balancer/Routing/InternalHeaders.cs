using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using SessionCluster.Balancer.Failover;
using SessionCluster.Replication.AspNetCore;
using Yarp.ReverseProxy.Transforms;

namespace SessionCluster.Balancer.Routing;

/// <summary>
/// The headers that balancer and nodes say to each other: <c>Session-Route</c>, <c>Session-Not-Executed</c>,
/// <c>Session-Outcome-Unknown</c>, <c>Session-Outcome-Recorded</c> and <c>Session-Cluster-*</c>. No client can send one
/// through, and none reaches a client.
/// </summary>
internal static class InternalHeaders
{
    /// <summary>Names a request that changes things, through all its tries.</summary>
    public const string RequestKey = ReplicationHeaders.RequestKey;

    private const string Prefix = "Session-Cluster-";

    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        ReplicationHeaders.Route,
        ReplicationHeaders.NotExecuted,
        ReplicationHeaders.OutcomeUnknown,
        ReplicationHeaders.OutcomeRecorded);

    /// <summary>Takes internal headers that a client made up out of its request.</summary>
    public static Task RemoveFromRequest(HttpContext context, RequestDelegate next)
    {
        RemoveFrom(context.Request.Headers);
        return next(context);
    }

    /// <summary>Lets the message to the node carry the request that it belongs to, and say its name.</summary>
    public static ValueTask MarkMessage(RequestTransformContext context)
    {
        if (context.HttpContext.Features.Get<ForwardedRequest>() is { } request)
        {
            context.ProxyRequest.Options.Set(ForwardedRequest.Key, request);
            if (request.KeyText is { } key)
            {
                // Not by way of the client's headers, where it would be kept and copied once more.
                context.ProxyRequest.Headers.TryAddWithoutValidation(RequestKey, key);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Takes the node's internal headers out of the response; the affinity policy has read them. What is left to be
    /// read of the response is its body.
    /// </summary>
    public static ValueTask RemoveFromResponse(ResponseTransformContext context)
    {
        ForwardedRequest? request = context.HttpContext.Features.Get<ForwardedRequest>();
        if (context.ProxyResponse is { } response)
        {
            request?.WatchAnswer(response);
        }

        IHeaderDictionary headers = context.HttpContext.Response.Headers;
        if (context.HttpContext.Response.StatusCode == StatusCodes.Status503ServiceUnavailable
            && Refused(headers) is { } failure
            && request is not null)
        {
            request.Failure = failure;
            request.Reason = (string?)headers[ReplicationHeaders.Reason] ?? request.Reason;
            context.SuppressResponseBody = true;
        }

        RemoveFrom(headers);
        return ValueTask.CompletedTask;
    }

    /// <summary>What a node says of a request that it could not serve; null where it says nothing.</summary>
    private static TryFailure? Refused(IHeaderDictionary headers) =>
        headers[ReplicationHeaders.NotExecuted] == "1" ? TryFailure.NotExecuted
        : headers[ReplicationHeaders.OutcomeUnknown] == "1" ? TryFailure.NotConfirmed
        : null;

    private static void RemoveFrom(IHeaderDictionary headers)
    {
        List<string>? found = null;
        foreach (KeyValuePair<string, StringValues> header in headers)
        {
            if (header.Key.StartsWith("Session-", StringComparison.OrdinalIgnoreCase)
                && (header.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || Names.Contains(header.Key)))
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
