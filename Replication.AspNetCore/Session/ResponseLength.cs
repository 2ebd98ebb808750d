using Microsoft.AspNetCore.Http;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The length of an answer that is whole before its first byte leaves. With it head and body leave together, in one
/// step of the server; without it the end follows in a step of its own, and a process that is killed between the two
/// leaves its client with half an answer that nobody can ask for again.
/// </summary>
internal static class ResponseLength
{
    /// <summary>Says the length, where the application has not and the answer may have one.</summary>
    public static void Set(HttpContext context, long length)
    {
        HttpResponse response = context.Response;
        if (!response.HasStarted
            && response.ContentLength is null
            && response.Headers.TransferEncoding.Count == 0
            && response.Headers.Trailer.Count == 0
            && !HttpMethods.IsHead(context.Request.Method)
            && MayHaveBody(response.StatusCode))
        {
            response.ContentLength = length;
        }
    }

    private static bool MayHaveBody(int status) =>
        status is >= StatusCodes.Status200OK
            and not StatusCodes.Status204NoContent
            and not StatusCodes.Status205ResetContent
            and not StatusCodes.Status304NotModified;
}
