using Microsoft.AspNetCore.Http;

namespace SessionCluster.Balancer.Failover;

/// <summary>The answer where no node gave one. It says what the client must know: was it executed?</summary>
internal static class Refusal
{
    /// <summary>503 where the request was not executed or may be repeated; 502 where nobody can know.</summary>
    public static Task WriteAsync(HttpContext context, ForwardedRequest request)
    {
        bool isOutcomeUnknown = request.MayHaveBeenExecuted || request.Failure.LeavesOutcomeUnknown();
        bool isRepeatable = request.IsIdempotent || !isOutcomeUnknown;
        context.Response.Clear();
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (isRepeatable)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "1";
            return context.Response.WriteAsync("No node could answer this request. Please try again.\n");
        }

        context.Response.StatusCode = StatusCodes.Status502BadGateway;
        return context.Response.WriteAsync(
            "The node was lost while it had this request, which may or may not have been executed.\n");
    }
}
