namespace SessionCluster.Simulation;

/// <summary>What those know together who live: with the last who knew something of a session it is forgotten.</summary>
/// <param name="cluster">The cluster.</param>
internal sealed class LivingMemory(SimulatedCluster cluster)
{
    private readonly HashSet<Member> _ended = [];

    /// <summary>The members whose processes have ended, or that have left.</summary>
    public IReadOnlySet<Member> AllEnded => _ended;

    /// <summary>A member lives no more.</summary>
    public void Ended(Member member) => _ended.Add(member);

    /// <summary>Whether no holder lives any more.</summary>
    public bool HaveAllEnded(Placement placement)
    {
        foreach (Member holder in placement.HolderSpan)
        {
            if (!_ended.Contains(holder))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Whether a living member of the cluster has recorded the configuration that is in force, or a newer one.
    /// </summary>
    public bool Knows(SessionId session, Epoch inForce)
    {
        foreach (SimulatedProcess process in cluster.ProcessSpan)
        {
            if (!_ended.Contains(process.Member) && Knows(process, session, inForce))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether a living member of the cluster has recorded that the session has ended, or has forgotten that already.
    /// </summary>
    public bool KnowsEnd(SessionId session)
    {
        foreach (SimulatedProcess process in cluster.ProcessSpan)
        {
            if (KnowsEnd(process, session))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a living member of the cluster has recorded that the session was removed.</summary>
    public bool HasRecordedRemoval(SessionId session)
    {
        foreach (SimulatedProcess process in cluster.ProcessSpan)
        {
            if (KnowsEnd(process, session) && process.Machine.PlacementOf(session) is { IsRemoved: true })
            {
                return true;
            }
        }

        return false;
    }

    private static bool Knows(SimulatedProcess process, SessionId session, Epoch inForce)
    {
        ReplicationNode machine = process.Machine;
        return machine.View.Number > 0
            && machine.View.Contains(process.Member)
            && machine.ConfigurationOf(session) is { Counter: > 0 } recorded
            && (!recorded.Placement.IsAlive || recorded.Epoch >= inForce);
    }

    private bool KnowsEnd(SimulatedProcess process, SessionId session) =>
        !_ended.Contains(process.Member)
        && process.Machine.View.Number > 0
        && process.Machine.View.Contains(process.Member)
        && process.Machine.PlacementOf(session) is not { IsAlive: true };
}
