namespace SessionCluster.Replication;

/// <summary>
/// What members do that hear too few others to agree with them: all members of a cluster do the same.
/// </summary>
public enum PartitionPolicy
{
    /// <summary>They refuse until they are heard again, so that each session has one history.</summary>
    Majority,

    /// <summary>
    /// They serve among themselves. When the sides hear each other again, sessions are merged key by key; where both
    /// sides have changed a key, the later version stays and the other is counted as overwritten.
    /// </summary>
    Available,
}
