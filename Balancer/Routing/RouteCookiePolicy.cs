using Microsoft.AspNetCore.Http;
using SessionCluster.Replication.AspNetCore;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.SessionAffinity;

namespace SessionCluster.Balancer.Routing;

/// <summary>
/// Stickiness by the route cookie: to the primary, else to the backup, which already holds the bytes, else to nobody in
/// particular. It keeps nothing between the calls, so a request that is tried again elsewhere gets the cookie of the
/// node that served it; YARP's own policies remember the first match and then issue no new cookie.
/// </summary>
internal sealed class RouteCookiePolicy(NodeNames names) : ISessionAffinityPolicy
{
    public const string PolicyName = "RouteCookie";

    public string Name => PolicyName;

    public AffinityResult FindAffinitizedDestinations(
        HttpContext context,
        ClusterState cluster,
        SessionAffinityConfig config,
        IReadOnlyList<DestinationState> destinations)
    {
        if (FromClient(context) is not { } route)
        {
            return new AffinityResult(null, AffinityStatus.AffinityKeyNotSet);
        }

        DestinationState? chosen = Find(destinations, route.Primary) ?? Find(destinations, route.Backup);
        return chosen is null
            ? new AffinityResult(null, AffinityStatus.DestinationNotFound)
            : new AffinityResult(chosen, AffinityStatus.OK);
    }

    /// <summary>Issues the cookie where it differs from what the client sent, unless the node failed.</summary>
    public void AffinitizeResponse(
        HttpContext context,
        ClusterState cluster,
        SessionAffinityConfig config,
        DestinationState destination)
    {
        // Removed with the other internal headers; a node that has nothing new to say of the route says nothing.
        string? stated = context.Response.Headers[ReplicationHeaders.Route];
        SessionRoute? current = FromClient(context);
        SessionRoute? served = SessionRoute.Parse(stated, names)
            ?? (current?.Primary == destination.DestinationId ? current : new(destination.DestinationId, null));
        if (served is { } route && served != current && !HasFailed(context))
        {
            Issue(context, route);
        }
    }

    /// <summary>A cookie for a node that did not answer would send the client there again.</summary>
    private static bool HasFailed(HttpContext context) =>
        context.Features.Get<IForwarderErrorFeature>() is not null;

    private static void Issue(HttpContext context, SessionRoute route) =>
        context.Response.Cookies.Append(SessionRoute.CookieName, route.ToString(), new CookieOptions
        {
            HttpOnly = true,
            IsEssential = true,
            Path = "/",
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps,
        });

    private static DestinationState? Find(IReadOnlyList<DestinationState> destinations, string? name)
    {
        for (int index = 0; name is not null && index < destinations.Count; index++)
        {
            if (destinations[index].DestinationId == name)
            {
                return destinations[index];
            }
        }

        return null;
    }

    private SessionRoute? FromClient(HttpContext context) =>
        SessionRoute.Parse(RouteCookie.Find(context.Request.Headers.Cookie), names);
}
