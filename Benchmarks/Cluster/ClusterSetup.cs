namespace SessionCluster.Benchmarks.Cluster;

/// <summary>What a cluster is made of.</summary>
/// <param name="Mode">The mode of replication.</param>
/// <param name="Nodes">How many nodes it has.</param>
internal sealed record ClusterSetup(string Mode, int Nodes)
{
    /// <summary>The store that needs no installation.</summary>
    public const string Garnet = "garnet";

    /// <summary>
    /// What keeps the sessions of <c>shared</c>: <see cref="Garnet"/>, or <see cref="RedisProcess.Kind"/>.
    /// </summary>
    public string Store { get; init; } = Garnet;

    /// <summary>Whether relays stand between the members and count.</summary>
    public bool CountsWire { get; init; }

    /// <summary>The work tree whose build is measured; null for that of this program.</summary>
    public string? Root { get; init; }

    /// <summary>How long a session lives unused; where it is not given, as long as the application says.</summary>
    public TimeSpan? IdleTimeout { get; init; }
}
