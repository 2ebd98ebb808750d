namespace SessionCluster.Replication.AspNetCore.Diagnostics;

/// <summary>A node, as <c>GET /_node</c> shows it.</summary>
internal sealed record NodeDescription(
    string Name,
    long Incarnation,
    int ProcessId,
    string Mode,
    string Role,
    string Status,
    long View,
    bool Ready,
    long Requests,
    SessionCounts Sessions,
    int Unprotected,
    long Bytes);

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
