using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// Under what a session is in force on each side: in each lineage, and there anew where it was begun without what its
/// holders had, as these may come back with it.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="session">The session.</param>
internal sealed class SessionSides(SimulatedCluster cluster, SessionId session)
{
    private readonly Dictionary<Side, Configuration> _inForce = [];
    private readonly Dictionary<long, int> _begun = [];

    /// <summary>The side of a process.</summary>
    public Side Of(SimulatedProcess process)
    {
        long lineage = ViewNumber.LineageOf(process.Machine.View.Number);
        return new Side(lineage, _begun.GetValueOrDefault(lineage));
    }

    /// <summary>A side goes on without what it had.</summary>
    public void BegunAnew(SimulatedProcess by)
    {
        Side former = Of(by);
        _begun[former.Lineage] = former.Begun + 1;
    }

    /// <summary>A configuration has come into force on a side.</summary>
    public void CameIntoForce(SimulatedProcess by, in Configuration configuration)
    {
        Side side = Of(by);
        if (!_inForce.TryGetValue(side, out Configuration former) || configuration.Epoch > former.Epoch)
        {
            _inForce[side] = configuration;
        }
    }

    /// <summary>Whether all have died that held the session last on a side.</summary>
    public bool IsDead(Side side) => _inForce.TryGetValue(side, out Configuration last)
        && last.Placement.Holders.All(
            holder => cluster.Nodes[cluster.HostOf(holder.Node)].Process is not { } process || process.Member != holder);

    /// <summary>
    /// Whether a process holds the session by what it has recorded, and by what is in force on its side; or on any, where
    /// nothing is on its own.
    /// </summary>
    public bool IsHolder(SimulatedProcess process)
    {
        long lineage = ViewNumber.LineageOf(process.Machine.View.Number);
        bool isKnownHere = _inForce.Keys.Any(side => side.Lineage == lineage);
        bool isInForce = _inForce.Count == 0 || _inForce.Any(
            made => (!isKnownHere || made.Key.Lineage == lineage) && made.Value.Placement.Contains(process.Member));
        return isInForce && IsRecordedHolder(process);
    }

    /// <summary>Whether a process holds the session by what it has recorded.</summary>
    public bool IsRecordedHolder(SimulatedProcess process) =>
        process.Machine.ConfigurationOf(session).Placement is not { IsAlive: true } recorded
        || recorded.Contains(process.Member);

    /// <summary>One side.</summary>
    /// <param name="Lineage">Its lineage.</param>
    /// <param name="Begun">How often the session was begun there without what it had.</param>
    public readonly record struct Side(long Lineage, int Begun);
}
