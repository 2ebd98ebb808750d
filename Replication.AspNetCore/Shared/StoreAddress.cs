using System.Net;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// What may stand where a connection string names servers. The AppHost compiles this file as well, as it reads
/// connection strings as the nodes do.
/// </summary>
internal static class StoreAddress
{
    private const string EndpointScheme = "tcp://";

    /// <summary>The text as the client reads it: an Aspire endpoint is a connection string as well.</summary>
    public static string WithoutScheme(string text) =>
        text.StartsWith(EndpointScheme, StringComparison.OrdinalIgnoreCase)
            ? text[EndpointScheme.Length..].TrimEnd('/')
            : text;

    /// <summary>
    /// Whether a URL, or what is left of a password, was taken for the name of a server. That would be looked for in
    /// vain, and logged.
    /// </summary>
    public static bool IsUrl(EndPoint server) =>
        server is DnsEndPoint { Host: var host } && host.AsSpan().IndexOfAny('/', '@') >= 0;
}
