namespace SessionCluster.Simulation;

/// <summary>A commit that a side has acknowledged, and what has become of it.</summary>
/// <param name="Write">The commit.</param>
/// <param name="Version">Its version.</param>
/// <param name="Lineage">The lineage that acknowledged it.</param>
/// <param name="View">The view in which that was.</param>
/// <param name="Moment">When.</param>
/// <param name="State">What its primary had then.</param>
internal sealed record AcknowledgedCommit(
    WriteRecord Write, SessionVersion Version, long Lineage, long View, long Moment, SessionState? State)
{
    /// <summary>Which sides had it, in the order in which they got it: the last one may have what others lack.</summary>
    public List<SessionSides.Side> SeenBy { get; } = [];

    /// <summary>Whether everybody who had it has died.</summary>
    public bool IsLost { get; set; }

    /// <summary>Whether the copies that still have it may go.</summary>
    public bool MayGo { get; set; }
}
