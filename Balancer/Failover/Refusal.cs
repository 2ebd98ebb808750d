using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using SessionCluster.Balancer.Pages;

namespace SessionCluster.Balancer.Failover;

/// <summary>The answer where no node gave one. It says what the client must know: was it executed?</summary>
internal static class Refusal
{
    /// <summary>
    /// 503 where the request was not executed or may be repeated; 502 where nobody can know. For a program that asks for
    /// JSON in the form in which nodes refuse.
    /// </summary>
    public static Task WriteAsync(HttpContext context, ForwardedRequest request)
    {
        bool isRepeatable = request.IsIdempotent || request.Unclear == TryFailure.None;
        context.Response.Clear();

        // Of a 502 too: whoever looks again what has become of the request, as its text says, finds a node by then.
        context.Response.Headers.RetryAfter = "1";
        context.Response.StatusCode =
            isRepeatable ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status502BadGateway;
        string text = isRepeatable
            ? $"{request.Reason ?? "No node could answer this request."} Please try again."
            : Explain(request.Unclear);
        if (PageFormats.Preferred(context.Request) == PageFormat.Json)
        {
            var problem = new ProblemDetails { Status = context.Response.StatusCode, Title = text };
            return context.Response.WriteAsJsonAsync(problem, options: null, "application/problem+json");
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + '\n');
    }

    private static string Explain(TryFailure unclear) => unclear switch
    {
        TryFailure.NotConfirmed =>
            "The request was executed, but its change could not be made safe in time: it may or may not come true.",
        TryFailure.Frozen =>
            "The node that has this request does not answer any more; it may or may not have been executed.",
        _ => "The node was lost while it had this request, which may or may not have been executed.",
    };
}
