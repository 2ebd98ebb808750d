namespace SessionCluster.Replication.Sessions;

/// <summary>
/// What a member knows of one session: the recorded configuration, and its own copy where it has one.
/// </summary>
internal struct Location
{
    /// <summary>The recorded configuration's counter; 0 while nothing is recorded.</summary>
    public long Counter;

    /// <summary>The recorded placement; nothing while nothing is recorded.</summary>
    public Placement? Placement;

    /// <summary>The copy on this node, recorded or about to be.</summary>
    public SessionCopy? Copy;

    public readonly bool IsRecorded => Counter > 0;

    public readonly Configuration Configuration => new(Counter, Placement ?? Placement.Removed);
}
