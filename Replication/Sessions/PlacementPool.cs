namespace SessionCluster.Replication.Sessions;

/// <summary>One object for all sessions with the same holders: a location then costs a reference.</summary>
internal sealed class PlacementPool
{
    /// <summary>More sets of holders than a cluster has at a time; then the pool begins anew.</summary>
    private const int Maximum = 4096;

    private readonly Dictionary<Placement, Placement> _shared = [];

    public Placement Shared(Placement placement)
    {
        if (_shared.TryGetValue(placement, out Placement? shared))
        {
            return shared;
        }

        if (_shared.Count >= Maximum)
        {
            _shared.Clear();
        }

        _shared.Add(placement, placement);
        return placement;
    }

    /// <summary>A hash of all 64 bits that is the same on every member.</summary>
    public static ulong HashOf(Placement placement)
    {
        ulong hash = StableHash.Start;
        foreach (Member holder in placement.HolderSpan)
        {
            hash = StableHash.Add(StableHash.Add(hash, holder.Node.Name), (ulong)holder.Incarnation);
        }

        return StableHash.Mix(hash);
    }
}
