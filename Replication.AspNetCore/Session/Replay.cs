using Microsoft.AspNetCore.Http;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Answers a request that was executed before, without executing it again.</summary>
internal static class Replay
{
    /// <summary>
    /// Gives the recorded answer; 409 where it was too long to be kept, or the session has been changed so often since
    /// that only the request's key is remembered.
    /// </summary>
    public static async Task WriteAsync(HttpContext context, RecordedOutcome outcome)
    {
        HttpResponse response = context.Response;
        response.Headers[ReplicationHeaders.Replayed] = "1";
        response.Headers[ReplicationHeaders.OutcomeRecorded] = "1";
        if (RecordedResponse.Decode(outcome.Response) is not { } recorded)
        {
            response.StatusCode = StatusCodes.Status409Conflict;
            response.ContentType = "text/plain; charset=utf-8";
            await response.WriteAsync(
                "This request was executed, and is not executed again. Its answer is not kept: it was longer than "
                + "Replication:MaximumOutcomeBytes, or came in parts. Reload to see what has become of it.\n");
            return;
        }

        response.StatusCode = recorded.Status;
        foreach ((string name, string value) in recorded.Headers)
        {
            response.Headers.Append(name, value);
        }

        if (!recorded.Body.IsEmpty)
        {
            response.ContentLength = recorded.Body.Length;
            await response.Body.WriteAsync(recorded.Body);
        }
    }
}
