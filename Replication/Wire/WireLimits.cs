namespace SessionCluster.Replication;

/// <summary>
/// What the wire carries at most. The sender refuses to write more, and the receiver checks each count and length
/// against these and against the bytes that are there, before it allocates anything.
/// </summary>
public static class WireLimits
{
    /// <summary>The greatest size of one encoded message, in bytes; so also of one session's whole state.</summary>
    public const int MessageBytes = 32 * 1024 * 1024;

    /// <summary>The greatest size of one value or of one recorded response, in bytes.</summary>
    public const int ValueBytes = 16 * 1024 * 1024;

    /// <summary>The greatest length of a key, in characters.</summary>
    public const int KeyLength = 1024;

    /// <summary>The greatest number of keys in a session or in a change, set and removed together.</summary>
    public const int Keys = 10_000;

    /// <summary>The greatest number of processes that hold a session.</summary>
    public const int Holders = 64;

    /// <summary>The greatest number of members of a view.</summary>
    public const int ViewMembers = 64;

    /// <summary>The greatest number of processes that are listed as silent or absent.</summary>
    public const int AbsentMembers = 1024;

    /// <summary>The greatest number of digests of a location map.</summary>
    public const int Digests = 4096;
}
