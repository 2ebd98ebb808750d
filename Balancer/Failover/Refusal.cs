using Microsoft.AspNetCore.Http;

namespace SessionCluster.Balancer.Failover;

/// <summary>The answer where no node gave one. It says what the client must know: was it executed?</summary>
internal static class Refusal
{
    /// <summary>503 where the request was not executed or may be repeated; 502 where nobody can know.</summary>
    public static Task WriteAsync(HttpContext context, ForwardedRequest request)
    {
        bool isRepeatable = request.IsIdempotent || request.Unclear == TryFailure.None;
        context.Response.Clear();
        context.Response.ContentType = "text/plain; charset=utf-8";

        // Of a 502 too: whoever looks again what has become of the request, as its text says, finds a node by then.
        context.Response.Headers.RetryAfter = "1";
        if (isRepeatable)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync(
                $"{request.Reason ?? "No node could answer this request."} Please try again.\n");
        }

        context.Response.StatusCode = StatusCodes.Status502BadGateway;
        return context.Response.WriteAsync(Explain(request.Unclear));
    }

    private static string Explain(TryFailure unclear) => unclear switch
    {
        TryFailure.NotConfirmed =>
            "The request was executed, but its change could not be made safe in time: it may or may not come true.\n",
        TryFailure.Frozen =>
            "The node that has this request does not answer any more; it may or may not have been executed.\n",
        _ => "The node was lost while it had this request, which may or may not have been executed.\n",
    };
}
