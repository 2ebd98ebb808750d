namespace SessionCluster.Replication;

/// <summary>One copy of a session, as its holder describes it.</summary>
/// <param name="Session">The session.</param>
/// <param name="IsPrimary">Whether the holder is its primary.</param>
/// <param name="Version">The copy's version.</param>
/// <param name="Bytes">The size of its keys and values, in bytes.</param>
/// <param name="Idle">How long ago the session was last used, as far as the holder knows.</param>
/// <param name="Created">Orders the copies of one node by when they came there; greater is later.</param>
public readonly record struct CopyDescription(
    SessionId Session, bool IsPrimary, SessionVersion Version, int Bytes, TimeSpan Idle, long Created);
