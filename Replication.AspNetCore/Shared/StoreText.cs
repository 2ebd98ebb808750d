using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Finds which part of a connection string cannot be read. Nothing of the text is shown, as a password with a comma in
/// it may stand anywhere.
/// </summary>
internal static class StoreText
{
    /// <summary>Those that people write; for hints only.</summary>
    private static readonly string[] Keys =
    [
        "abortConnect", "allowAdmin", "asyncTimeout", "channelPrefix", "checkCertificateRevocation", "configChannel",
        "configCheckSeconds", "connectRetry", "connectTimeout", "defaultDatabase", "highIntegrity", "keepAlive", "name",
        "password", "protocol", "proxy", "resolveDns", "serviceName", "setlib", "ssl", "sslHost", "sslProtocols",
        "syncTimeout", "tieBreaker", "tunnel", "user", "version",
    ];

    /// <summary>What is wrong with the first such part, in a few words; nothing where it cannot be told.</summary>
    public static string? FindFault(string text)
    {
        foreach (string part in StoreAddress.WithoutScheme(text).Split(','))
        {
            string key = part.Split('=', 2)[0].Trim();
            if (IsPath(part))
            {
                return "a path, and !/path is wanted";
            }

            bool isReadable = IsReadable(part, ignoresUnknown: false);
            if (isReadable && ConfigurationOptions.Parse(part).EndPoints.Any(StoreAddress.IsUrl))
            {
                return "a URL, and host:port,user=…,password=…,ssl=true is wanted";
            }

            if (isReadable || key.Length == part.Length)
            {
                continue;
            }

            if (!IsReadable(part, ignoresUnknown: true))
            {
                string? known = Array.Find(Keys, each => each.Equals(key, StringComparison.OrdinalIgnoreCase));
                return known is null ? null : $"the value of {known}";
            }

            string nearest = Keys.MinBy(each => KnownKeys.EditsBetween(each, key))!;
            return KnownKeys.EditsBetween(nearest, key) <= key.Length / 3
                ? $"a key that there is not, the nearest is {nearest}"
                : "a key that there is not";
        }

        return null;
    }

    /// <summary>What people write for a socket of the machine itself.</summary>
    private static bool IsPath(string part) =>
        part.TrimStart().StartsWith('/') || part.TrimStart().StartsWith("unix:", StringComparison.OrdinalIgnoreCase);

    private static bool IsReadable(string part, bool ignoresUnknown)
    {
        try
        {
            return ConfigurationOptions.Parse(part, ignoresUnknown) is not null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return false;
        }
    }
}
