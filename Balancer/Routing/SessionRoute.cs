using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Balancer.Routing;

/// <summary>Where a session lives: its primary, and the node that holds its backup.</summary>
/// <remarks>
/// Written <c>primary.backup</c>, in the node's <c>Session-Route</c> header and in the client's cookie. From the client
/// it is a hint: only configured names count, and a forged one changes nothing but the first node that is asked.
/// </remarks>
internal readonly record struct SessionRoute(string Primary, string? Backup)
{
    /// <summary>The cookie that carries the route.</summary>
    public const string CookieName = RouteCookie.Name;

    /// <summary>Reads a route; null where the text names no node of ours.</summary>
    public static SessionRoute? Parse(ReadOnlySpan<char> text, NodeNames names)
    {
        if (text.IsEmpty || text.Length > NodeNames.MaximumRouteLength)
        {
            return null;
        }

        int dot = text.IndexOf('.');
        if (dot != text.LastIndexOf('.'))
        {
            return null;
        }

        string? primary = names.Find(dot < 0 ? text : text[..dot]);
        string? backup = dot < 0 ? null : names.Find(text[(dot + 1)..]);
        if (primary is null)
        {
            return backup is null ? null : new SessionRoute(backup, null);
        }

        return new SessionRoute(primary, backup == primary ? null : backup);
    }

    /// <inheritdoc/>
    public override string ToString() => Backup is null ? Primary : $"{Primary}.{Backup}";
}
