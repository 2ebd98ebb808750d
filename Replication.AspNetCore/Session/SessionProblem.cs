using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>The answers to requests whose session cannot be served. Never an empty session instead of one.</summary>
internal static class SessionProblem
{
    private const int RetryAfterSeconds = 1;

    public static int StatusOf(SessionFailure failure, LostSessionPolicy lostPolicy) => failure switch
    {
        SessionFailure.Ended => StatusCodes.Status409Conflict,
        SessionFailure.Lost when lostPolicy == LostSessionPolicy.Gone => StatusCodes.Status410Gone,
        _ => StatusCodes.Status503ServiceUnavailable,
    };

    public static Task WriteAsync(HttpContext context, SessionReplicationException exception, int status)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers[HeaderNames.RetryAfter] = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        response.Headers[HeaderNames.CacheControl] = "no-store";
        var problem = new ProblemDetails
        {
            Status = status,
            Title = exception.Message,
            Detail = Advise(exception.Failure),
        };
        return response.WriteAsJsonAsync(
            problem, options: null, "application/problem+json", CancellationToken.None);
    }

    private static string Advise(SessionFailure failure) => failure switch
    {
        SessionFailure.Ended => "The change was not made. Reload, and try again.",
        SessionFailure.Lost => "A new session begins with the next request.",
        _ => "Try again in a moment.",
    };
}
