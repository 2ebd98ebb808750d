namespace SessionCluster.Replication.Sessions;

/// <summary>Compares identifiers of sessions, and finds one by its first 64 bits alone.</summary>
internal sealed class PrefixComparer : IEqualityComparer<SessionId>, IAlternateEqualityComparer<ulong, SessionId>
{
    private PrefixComparer()
    {
    }

    public static PrefixComparer Instance { get; } = new();

    public bool Equals(SessionId one, SessionId other) => one == other;

    public int GetHashCode(SessionId session) => GetHashCode(session.Prefix);

    public bool Equals(ulong prefix, SessionId session) => session.Prefix == prefix;

    public int GetHashCode(ulong prefix) => unchecked((int)(prefix ^ (prefix >> 32)));

    /// <summary>Nothing is ever added by its first bits alone.</summary>
    public SessionId Create(ulong prefix) => throw new NotSupportedException("An identifier has 256 bits.");
}
