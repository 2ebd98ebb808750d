namespace SessionCluster.Simulation;

/// <summary>I2 as the members themselves show it: no two live processes are primary of one session in one epoch.</summary>
internal sealed class PrimaryChecker
{
    private readonly Dictionary<SessionId, (Epoch Epoch, Member Holder)> _primaries = [];

    public void Check(SimulatedCluster cluster)
    {
        _primaries.Clear();
        foreach (SimulatedProcess process in cluster.Processes)
        {
            foreach (CopyDescription copy in process.Machine.Copies)
            {
                if (copy.IsPrimary)
                {
                    CheckOne(cluster, process, copy);
                }
            }
        }
    }

    private void CheckOne(SimulatedCluster cluster, SimulatedProcess process, in CopyDescription copy)
    {
        if (_primaries.TryGetValue(copy.Session, out (Epoch Epoch, Member Holder) other) && other.Epoch == copy.Version.Epoch)
        {
            throw new SimulationFailedException(
                $"session {cluster.NameOf(copy.Session)}: {process.Member} and {other.Holder} are both primary in {other.Epoch}");
        }

        _primaries[copy.Session] = (copy.Version.Epoch, process.Member);
    }
}
