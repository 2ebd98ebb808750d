namespace SessionCluster.Replication.AspNetCore.Diagnostics;

/// <summary>
/// A node, as <c>GET /_node</c> shows it. <c>Store</c> is what it sees of the store that all nodes share, where they
/// do.
/// </summary>
internal sealed record NodeDescription(
    string Name,
    long Incarnation,
    int ProcessId,
    string Mode,
    string Role,
    string Status,
    long View,
    int Members,
    bool Ready,
    long Requests,
    SessionCounts Sessions,
    int Unprotected,
    long Bytes,
    string? PartitionPolicy = null,
    bool Divided = false,
    long Overwritten = 0,
    string? Store = null);

/// <summary>What would be lost if the node's process ended now, as <c>GET /_node/safe-to-stop</c> shows it.</summary>
/// <param name="Node">The node.</param>
/// <param name="Safe">Whether nothing would be lost.</param>
/// <param name="Status">What the node does.</param>
/// <param name="WouldBeLost">How many sessions have no copy on another living member.</param>
/// <param name="Sessions">The public identifiers of the first hundred of them.</param>
/// <param name="Unprotected">How many of its sessions have fewer copies than configured.</param>
/// <param name="Requests">How many requests of clients run at the moment.</param>
internal sealed record StopReport(
    string Node, bool Safe, string Status, int WouldBeLost, string[] Sessions, int Unprotected, long Requests);

/// <summary>A drain has begun, as <c>POST /_node/drain</c> says it.</summary>
internal sealed record DrainBegun(string Node, string Status);

/// <summary>How many sessions a node holds.</summary>
internal sealed record SessionCounts(int Primary, int Backup);

/// <summary>The copies on a node, as <c>GET /_node/sessions</c> shows them.</summary>
internal sealed record NodeSessions(string Node, IEnumerable<SessionCopy> Sessions);

/// <summary>One copy. Its identifier is the public one, from which no cookie can be made.</summary>
internal sealed record SessionCopy(
    string Id, string Role, string Version, int Bytes, double IdleSeconds, long Created)
{
    public static SessionCopy Of(CopyDescription copy) => new(
        copy.Session.ToString(),
        copy.IsPrimary ? "primary" : "backup",
        copy.Version.ToString(),
        copy.Bytes,
        Math.Round(copy.Idle.TotalSeconds, 3),
        copy.Created);
}
