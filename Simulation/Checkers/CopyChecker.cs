namespace SessionCluster.Simulation;

/// <summary>
/// What one step may do to a copy: a mere record takes none away, unless it is of an end, and whoever hears it decides
/// alone; and nothing that a holder takes undoes what was acknowledged (I1, I3). Holders of the same version have
/// the same values (I4).
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class CopyChecker(SimulatedCluster cluster)
{
    private readonly List<(SessionId Session, long Sequence)> _before = [];

    /// <summary>Remembers the copies that a message is about.</summary>
    public void Before(SimulatedProcess process, Message? heard)
    {
        _before.Clear();
        switch (heard)
        {
            case RecordLocations records:
                for (int index = 0; index < records.Records.Count; index++)
                {
                    Remember(process, records.Records[index].Session);
                }

                break;
            case Replicate replicate:
                Remember(process, replicate.Session);
                break;
            case HandOver given:
                Remember(process, given.Session);
                break;
        }
    }

    /// <summary>Compares them with what the step has made of them.</summary>
    public void After(SimulatedProcess process, Message? heard)
    {
        bool isRecord = heard is RecordLocations;
        foreach ((SessionId session, long before) in _before)
        {
            long after = process.Machine.SequenceOf(session);
            if (after < before && !cluster.Ledger.MayBeForgotten(session))
            {
                CheckThatItMayFall(process, session, before, after, isRecord);
                cluster.Durability.Fell(session);
            }
        }
    }

    /// <summary>Holders of one version differ in nothing.</summary>
    public void CheckEqual(SimulatedProcess primary, SessionId session, SessionVersion version, Placement? placement)
    {
        if (version.Epoch.Node != primary.Node.Id || primary.Machine.SequenceOf(session) != version.Sequence)
        {
            return;
        }

        foreach (Member holder in placement is null ? [] : placement.HolderSpan)
        {
            if (holder != primary.Member && primary.ProcessAt(primary.HostOf(holder.Node)) is { } process
                && process.Member == holder && process.Machine.SequenceOf(session) == version.Sequence
                && !primary.Machine.StateOf(session)!.HasContentOf(process.Machine.StateOf(session)!)
                && !cluster.Ledger.MayBeForgotten(session))
            {
                throw new SimulationFailedException($"session {cluster.NameOf(session)}: "
                    + $"{primary.Member} and {holder} both have {version}, but not the same values");
            }
        }
    }

    private void Remember(SimulatedProcess process, SessionId session)
    {
        if (process.Machine.SequenceOf(session) is >= 0 and long sequence)
        {
            _before.Add((session, sequence));
        }
    }

    private void CheckThatItMayFall(SimulatedProcess process, SessionId session, long before, long after, bool isRecord)
    {
        string name = cluster.NameOf(session);
        if (after < 0 && process.Machine.PlacementOf(session) is { IsRemoved: true }
            && LivingQuorum.MayDecideAlone(process))
        {
            return;
        }

        if (isRecord && after < 0)
        {
            throw new SimulationFailedException($"session {name}: {process.Member} drops its copy on a mere record");
        }

        long acknowledged = cluster.History.Find(session)?.Newest.Sequence ?? 0;
        if (after < acknowledged && acknowledged <= before && cluster.Ledger.IsHolderInForce(session, process.Member))
        {
            throw new SimulationFailedException(
                $"session {name}: {process.Member} falls from sequence {before} to {after}, though {acknowledged} was acknowledged");
        }
    }
}
