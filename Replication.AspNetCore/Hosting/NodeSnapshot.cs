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

    public static NodeSnapshot Of(ReplicationNode node, Instant now) => new(
        node.Status,
        node.IsReady && node.HasPermission(now),
        node.View.Number,
        node.View.Members.Count,
        node.View.Absent.Count,
        node.PrimaryCount,
        node.BackupCount,
        node.UnprotectedCount,
        node.LocationCount,
        node.BytesHeld,
        node.IsDivided);
}
