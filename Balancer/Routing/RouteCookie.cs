using Microsoft.Extensions.Primitives;

namespace SessionCluster.Balancer.Routing;

/// <summary>
/// Finds the route among a request's cookies. The framework's reader unescapes and keeps all of them, for a hint that
/// is looked at twice with each request; names of nodes need no escapes.
/// </summary>
internal static class RouteCookie
{
    /// <summary>The cookie's value in a <c>Cookie</c> header; empty where there is none.</summary>
    public static ReadOnlySpan<char> Find(StringValues header)
    {
        for (int line = 0; line < header.Count; line++)
        {
            ReadOnlySpan<char> cookies = header[line];
            foreach (Range range in cookies.Split(';'))
            {
                ReadOnlySpan<char> cookie = cookies[range].Trim();
                if (cookie.StartsWith(SessionRoute.CookieName, StringComparison.Ordinal)
                    && cookie[SessionRoute.CookieName.Length..] is ['=', .. var value])
                {
                    return value;
                }
            }
        }

        return [];
    }
}
