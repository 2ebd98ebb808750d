namespace SessionCluster.Balancer.Pages;

/// <summary>What a node says about itself at <c>GET /_node</c>; the parts that the pages show.</summary>
internal sealed record NodeReport(
    int? ProcessId,
    string? Mode,
    string? Status,
    bool Ready,
    long Requests,
    CopyCount? Sessions,
    bool Divided = false,
    long Overwritten = 0,
    string? Store = null);

/// <summary>How many sessions a node holds, by its role.</summary>
internal sealed record CopyCount(int Primary, int Backup);

/// <summary>What a node says about its copies at <c>GET /_node/sessions</c>.</summary>
internal sealed record NodeSessions(IReadOnlyList<NodeSession>? Sessions);

/// <summary>One copy, as its node reports it.</summary>
internal sealed record NodeSession(
    string Id,
    string Role,
    string Version,
    long Bytes,
    double IdleSeconds);
