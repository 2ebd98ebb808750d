namespace SessionCluster.Simulation;

/// <summary>A host with the name of a node, on which one process after another may run.</summary>
/// <param name="host">The number of the host in the network.</param>
/// <param name="id">The node's name.</param>
/// <param name="role">What its processes do.</param>
internal sealed class SimulatedNode(int host, NodeId id, MemberRole role)
{
    public int Host { get; } = host;

    public NodeId Id { get; } = id;

    public MemberRole Role { get; } = role;

    /// <summary>How many processes have run here.</summary>
    public int Incarnations { get; set; }

    /// <summary>The process that runs, stopped or not; none when the node is down.</summary>
    public SimulatedProcess? Process { get; set; }

    /// <summary>Whom its configuration does not name, as that was not changed here yet; for the next process.</summary>
    public HashSet<NodeId> Unnamed { get; } = [];

    public bool IsUp => Process is not null;

    public bool IsRunning => Process is { IsPaused: false };

    /// <inheritdoc/>
    public override string ToString() => Id.Name;
}
