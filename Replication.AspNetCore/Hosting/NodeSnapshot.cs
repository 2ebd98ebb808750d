namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>What the loop lets other threads see of the machine, as of its latest batch.</summary>
internal sealed record NodeSnapshot(
    MemberStatus Status,
    bool IsReady,
    long View,
    int Members,
    int Absent,
    int Primaries,
    int Backups,
    int Unprotected,
    int Locations,
    long Bytes,
    bool IsDivided)
{
    public static NodeSnapshot Starting { get; } = new(MemberStatus.Joining, false, 0, 0, 0, 0, 0, 0, 0, 0, false);

    public static NodeSnapshot Of(ReplicationNode node, Instant now) => Of(node, now, node.UnprotectedCount);

    /// <param name="node">The machine.</param>
    /// <param name="now">The time.</param>
    /// <param name="unprotected">How many sessions lack a backup; counting them takes longer than all the rest.</param>
    public static NodeSnapshot Of(ReplicationNode node, Instant now, int unprotected) => new(
        node.Status,
        node.IsReady && node.HasPermission(now),
        node.View.Number,
        node.View.Members.Count,
        node.View.Absent.Count,
        node.PrimaryCount,
        node.BackupCount,
        unprotected,
        node.LocationCount,
        node.BytesHeld,
        node.IsDivided);
}
