using Microsoft.AspNetCore.Http;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// What names a request through all its tries, in <see cref="ReplicationHeaders.RequestKey"/>. A session remembers the
/// keys of the latest requests that have changed it. See docs/decisions/0014.
/// </summary>
internal static class RequestKey
{
    private const string Format = "N";

    /// <summary>
    /// The request's key; none where it has none or one that is not 32 hexadecimal digits, and none on a request that by
    /// its method changes nothing and may be repeated anyway.
    /// </summary>
    public static Guid? Of(HttpRequest request) =>
        MayChangeSomething(request.Method)
        && request.Headers[ReplicationHeaders.RequestKey] is [{ } text]
        && Guid.TryParseExact(text, Format, out Guid key)
            ? key
            : null;

    private static bool MayChangeSomething(string method) =>
        !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method)
        && !HttpMethods.IsTrace(method) && !HttpMethods.IsConnect(method);
}
