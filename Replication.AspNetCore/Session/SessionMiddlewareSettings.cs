using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>What of the options concerns each response.</summary>
internal sealed class SessionMiddlewareSettings(IOptions<ReplicationOptions> options)
{
    private readonly bool _sendsRoute = options.Value.SendRoute;
    private readonly string _node = options.Value.Node;

    public int HeldMaximum { get; } = options.Value.MaximumResponseHeldBytes;

    public int OutcomeMaximum { get; } = options.Value.MaximumOutcomeBytes;

    public LostSessionPolicy LostPolicy { get; } = options.Value.LostSessionPolicy;

    /// <summary>
    /// Tells the balancer where the session is, unless it knows, and the client that what it had is lost, or away.
    /// </summary>
    public void WriteHeaders(HttpResponse response, IReplicatedSessionFeature session)
    {
        if (_sendsRoute && session.Placement is { IsAlive: true } placement)
        {
            string primary = placement.Primary.Node.Name;
            string? backup = placement.Holders.Count > 1 ? placement.Holders[1].Node.Name : null;
            ReadOnlySpan<char> known = RouteCookie.Find(response.HttpContext.Request.Headers.Cookie);
            if (primary != _node || !IsSaidBy(known, primary, backup))
            {
                response.Headers[ReplicationHeaders.Route] = backup is null ? primary : $"{primary}.{backup}";
            }
        }

        if (session.IsReplacementForLost || session.IsBegunAnew)
        {
            response.Headers[ReplicationHeaders.Lost] = "1";
        }
    }

    /// <summary>
    /// Whether the cookie says the same already. Most requests come with the right one, and both sides have less to
    /// do for a header that is not there.
    /// </summary>
    private static bool IsSaidBy(ReadOnlySpan<char> cookie, string primary, string? backup) =>
        cookie.StartsWith(primary, StringComparison.Ordinal)
        && (backup is null
            ? cookie.Length == primary.Length
            : cookie[primary.Length..] is ['.', .. var second] && second.Equals(backup, StringComparison.Ordinal));
}
