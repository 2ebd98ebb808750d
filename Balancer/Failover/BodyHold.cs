using System.Net.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// Whether the beginning of a response's body is kept from the client. A node that dies may leave half an answer: what
/// the client has not begun to read can be asked for elsewhere.
/// </summary>
internal enum BodyHold
{
    /// <summary>It goes on as it comes: it is long, or somebody waits for each part.</summary>
    None,

    /// <summary>Until it is whole: it says that it is short.</summary>
    UntilWhole,

    /// <summary>Until it is whole, or known to be long, or nothing comes although the node lives.</summary>
    UntilRest,
}

/// <summary>Which bodies are held.</summary>
internal static class BodyHolds
{
    /// <summary>What the headers of a body say of that.</summary>
    public static BodyHold Of(HttpContentHeaders headers) => ContentLength.Of(headers) switch
    {
        { } length => length <= WatchedBody.HeldMaximum ? BodyHold.UntilWhole : BodyHold.None,
        null => IsStreamOfEvents(headers) ? BodyHold.None : BodyHold.UntilRest,
    };

    private static bool IsStreamOfEvents(HttpContentHeaders headers) =>
        headers.NonValidated.TryGetValues(HeaderNames.ContentType, out HeaderStringValues types)
        && types.ToString().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);
}
