using System.Text;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Answers a request that was executed before, without executing it again.</summary>
internal static class Replay
{
    private const string NotKept =
        "This request was executed, and is not executed again. Its answer is not kept: it was longer than "
        + "Replication:MaximumOutcomeBytes, came in parts, or is not among the latest of its session any more. "
        + "Reload to see what has become of it.\n";

    private static readonly string Forgotten =
        "This request may have been executed, and is not executed again: more than "
        + $"{SessionState.OutcomesMaximum} requests have changed the session in the last seconds. "
        + "Reload to see what has become of it.\n";

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
            await ConflictAsync(response, NotKept);
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

    /// <summary>Answers a second try of which nobody can tell any more whether the first one was executed.</summary>
    public static Task RefuseAsync(HttpContext context) => ConflictAsync(context.Response, Forgotten);

    private static async Task ConflictAsync(HttpResponse response, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        response.StatusCode = StatusCodes.Status409Conflict;
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes);
    }
}
