namespace SessionCluster.Simulation;

/// <summary>I3 as the members themselves show it: the epoch of a copy never goes back.</summary>
internal sealed class CopyChecker
{
    private readonly Dictionary<(Member Holder, SessionId Session), Epoch> _epochs = [];

    public void Check(SimulatedCluster cluster)
    {
        foreach (SimulatedProcess process in cluster.Processes)
        {
            foreach (CopyDescription copy in process.Machine.Copies)
            {
                // Counter 0 is a creation that starts anew: nothing was recorded, so nothing can go back.
                if (copy.Version.Epoch.Counter > 0)
                {
                    CheckOne(cluster, process, copy);
                }
            }
        }
    }

    private void CheckOne(SimulatedCluster cluster, SimulatedProcess process, in CopyDescription copy)
    {
        (Member, SessionId) key = (process.Member, copy.Session);
        if (_epochs.TryGetValue(key, out Epoch before) && copy.Version.Epoch < before)
        {
            throw new SimulationFailedException(
                $"session {cluster.NameOf(copy.Session)}: the copy on {process.Member} went from epoch {before} back to {copy.Version.Epoch}");
        }

        _epochs[key] = copy.Version.Epoch;
    }
}
