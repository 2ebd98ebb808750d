namespace SessionCluster.Benchmarks.Cluster;

/// <summary>What of <c>GET /_node</c> is measured.</summary>
internal sealed record NodeReport(NodeSessionCounts Sessions, int Unprotected);

/// <summary>How many sessions a node holds.</summary>
internal sealed record NodeSessionCounts(int Primary, int Backup);
