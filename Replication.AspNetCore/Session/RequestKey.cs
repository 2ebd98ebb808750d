using Microsoft.AspNetCore.Http;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// What names a request through all its tries, in <see cref="ReplicationHeaders.RequestKey"/>. A session remembers the
/// keys of the latest requests that have changed it. See docs/decisions/0014.
/// </summary>
/// <param name="Key">The name.</param>
/// <param name="Try">Which try this is, from 1; 0 where the key is not sealed, and nobody can tell. That it is the
/// first is believed without a look at the seal: whoever makes something of it asks <see cref="IsSealed"/>.</param>
/// <param name="IsIdempotent">Whether the request's method promises that twice is the same as once.</param>
internal readonly record struct RequestKey(Guid Key, int Try, bool IsIdempotent)
{
    private const string Unsealed = "N";

    private string? Text { get; init; }

    private RequestKeySeal? Seal { get; init; }

    /// <summary>
    /// Whether the cluster has sealed key and try. Worked out when it is asked for: most requests are first tries with
    /// a session, of which nobody asks.
    /// </summary>
    public bool IsSealed => Text is not null && Seal?.IsRight(Text, Key, Try) == true;

    /// <summary>
    /// The request's key; none where it has none or one that is not valid, and none on a request that by its method
    /// changes nothing and may be repeated anyway.
    /// </summary>
    public static RequestKey? Of(HttpRequest request, RequestKeySeal seal)
    {
        if (!MayChangeSomething(request.Method) || request.Headers[ReplicationHeaders.RequestKey] is not [{ } text])
        {
            return null;
        }

        bool isIdempotent = HttpMethods.IsPut(request.Method) || HttpMethods.IsDelete(request.Method);
        if (!RequestKeySeal.TryReadClaim(text, out Guid key, out int number))
        {
            return Guid.TryParseExact(text, Unsealed, out key) ? new RequestKey(key, 0, isIdempotent) : null;
        }

        var claim = new RequestKey(key, number, isIdempotent) { Text = text, Seal = seal };
        return number == 1 || claim.IsSealed ? claim : null;
    }

    private static bool MayChangeSomething(string method) =>
        !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method)
        && !HttpMethods.IsTrace(method) && !HttpMethods.IsConnect(method);
}
