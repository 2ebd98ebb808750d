using Microsoft.Extensions.Primitives;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The balancer's cookie, by which it finds the session's node again. The framework's reader unescapes and keeps all
/// cookies, for a hint that is looked at with each request; names of nodes need no escapes.
/// </summary>
internal static class RouteCookie
{
    /// <summary>What it is called.</summary>
    public const string Name = "SessionCluster.Route";

    /// <summary>The cookie's value in a <c>Cookie</c> header; empty where there is none.</summary>
    public static ReadOnlySpan<char> Find(StringValues header)
    {
        for (int line = 0; line < header.Count; line++)
        {
            ReadOnlySpan<char> cookies = header[line];
            foreach (Range range in cookies.Split(';'))
            {
                ReadOnlySpan<char> cookie = cookies[range].Trim();
                if (cookie.StartsWith(Name, StringComparison.Ordinal)
                    && cookie[Name.Length..] is ['=', .. var value])
                {
                    return value;
                }
            }
        }

        return [];
    }
}
