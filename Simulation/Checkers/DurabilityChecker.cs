namespace SessionCluster.Simulation;

/// <summary>
/// I1 as the members themselves show it, before any client notices: of every session somebody alive holds all that was
/// ever acknowledged, unless it was lost as the contract allows. It looks at all copies now and then, and at once where
/// one may have gone: when a process has died, and when a step has left a member with fewer copies than before, or with
/// an older one of the session that the message was about.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class DurabilityChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<SessionId, long> _sequences = [];
    private int _copies;

    /// <summary>A member is about to take a step.</summary>
    public void Before(SimulatedProcess process) => _copies = CopiesOf(process);

    /// <summary>It has taken it.</summary>
    public void After(SimulatedProcess process)
    {
        if (CopiesOf(process) < _copies)
        {
            Check();
        }
    }

    /// <summary>A step has made a copy older, or has dropped it.</summary>
    public void Fell(SessionId session)
    {
        if (cluster.History.Find(session) is { } known)
        {
            long held = -1;
            foreach (SimulatedProcess process in cluster.ProcessSpan)
            {
                held = Math.Max(held, process.Machine.SequenceOf(session));
            }

            Check(known, held);
        }
    }

    /// <summary>Looks at all copies.</summary>
    public void Check()
    {
        _sequences.Clear();
        foreach (SimulatedProcess process in cluster.ProcessSpan)
        {
            foreach (CopyDescription copy in process.Machine.Copies)
            {
                long known = _sequences.GetValueOrDefault(copy.Session, -1);
                _sequences[copy.Session] = Math.Max(known, copy.Version.Sequence);
            }
        }

        foreach (SessionHistory session in cluster.History.Sessions)
        {
            Check(session, _sequences.GetValueOrDefault(session.Id, -1));
        }
    }

    private static void Check(SessionHistory session, long held)
    {
        if (session.WhyNotHeld(held) is { } reason)
        {
            throw new SimulationFailedException($"session {session.Name}: {reason}");
        }
    }

    private static int CopiesOf(SimulatedProcess process) =>
        process.Machine.PrimaryCount + process.Machine.BackupCount;
}
