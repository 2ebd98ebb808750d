namespace SessionCluster.Simulation;

/// <summary>
/// What one step may do to a copy: a mere record takes none away, and nothing that a holder takes undoes what was
/// acknowledged (I1, I3). Holders that have the same version have the same values (I4).
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class CopyChecker(SimulatedCluster cluster)
{
    private readonly List<(SessionId Session, long Sequence)> _before = [];

    /// <summary>Remembers the copies that an input is about.</summary>
    public void Before(SimulatedProcess process, Input input)
    {
        _before.Clear();
        switch (input)
        {
            case PeerMessage { Message: RecordLocations records }:
                foreach (LocationRecord record in records.Records)
                {
                    Remember(process, record.Session);
                }

                break;
            case PeerMessage { Message: Replicate replicate }:
                Remember(process, replicate.Session);
                break;
            case PeerMessage { Message: HandOver given }:
                Remember(process, given.Session);
                break;
        }
    }

    /// <summary>Compares them with what the step has made of them.</summary>
    public void After(SimulatedProcess process, Input input)
    {
        bool isRecord = input is PeerMessage { Message: RecordLocations };
        foreach ((SessionId session, long before) in _before)
        {
            long after = process.Machine.SequenceOf(session);
            if (after < before && !cluster.Ledger.MayBeForgotten(session))
            {
                CheckThatItMayFall(process, session, before, after, isRecord);
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

        foreach (Member holder in placement?.Holders ?? [])
        {
            if (holder != primary.Member && primary.ProcessAt(primary.HostOf(holder.Node)) is { } process
                && process.Member == holder && process.Machine.SequenceOf(session) == version.Sequence
                && !HaveSameValues(primary.Machine.StateOf(session)!, process.Machine.StateOf(session)!)
                && !cluster.Ledger.MayBeForgotten(session))
            {
                throw new SimulationFailedException($"session {cluster.NameOf(session)}: "
                    + $"{primary.Member} and {holder} both have {version}, but not the same values");
            }
        }
    }

    /// <summary>Whether two states hold the same values and remember the same requests.</summary>
    public static bool HaveSameValues(SessionState one, SessionState other)
    {
        bool isSame = one.Values.Count == other.Values.Count && one.Outcomes.Count == other.Outcomes.Count;
        for (int index = 0; isSame && index < one.Values.Count; index++)
        {
            isSame = one.Values[index].Key == other.Values[index].Key
                && one.Values[index].Bytes.AsSpan().SequenceEqual(other.Values[index].Bytes);
        }

        for (int index = 0; isSame && index < one.Outcomes.Count; index++)
        {
            isSame = one.Outcomes[index].RequestKey == other.Outcomes[index].RequestKey
                && one.Outcomes[index].At == other.Outcomes[index].At;
        }

        return isSame;
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
