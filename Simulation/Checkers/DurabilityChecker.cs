namespace SessionCluster.Simulation;

/// <summary>
/// I1 as the members themselves show it, before any client notices: of every session somebody alive holds all that was
/// ever acknowledged, unless it was lost as the contract allows.
/// </summary>
internal sealed class DurabilityChecker
{
    private readonly Dictionary<SessionId, long> _sequences = [];

    public void Check(SimulatedCluster cluster)
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
            if (session.WhyNotHeld(_sequences.GetValueOrDefault(session.Id, -1)) is { } reason)
            {
                throw new SimulationFailedException($"session {session.Name}: {reason}");
            }
        }
    }
}
