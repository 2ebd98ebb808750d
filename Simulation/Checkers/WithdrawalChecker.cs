using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// A primary that has heard no quorum for longer than a lease lasts takes no holder away: the next view may be without
/// it, and would begin with what a single member had recorded for it. What was heard is overheard here, not asked of the
/// machine. Asked with a quorum's promises only: sides that serve on their own give back what they have.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class WithdrawalChecker(SimulatedCluster cluster)
{
    /// <summary>By how much more silence there is than any clock makes of a lease.</summary>
    private const double LongerThanLease = 1.3;

    private readonly Dictionary<(Member By, Member Of), Instant> _heardAt = [];

    private readonly TimeSpan _awakeFor = cluster.Options.SuspectAfter * LongerThanLease;

    /// <summary>What was begun in an earlier step, and is recorded later.</summary>
    private readonly HashSet<HolderChange> _begun = [];

    /// <summary>A member is about to hear another one.</summary>
    public void Heard(SimulatedProcess process, Member from) => _heardAt[(process.Member, from)] = process.Now;

    /// <summary>A member has taken a step, in which it may have begun to change the holders of its sessions.</summary>
    public void Stepped(SimulatedProcess process)
    {
        // What one wants that is not of the view nobody records.
        if (cluster.Options.PartitionPolicy != PartitionPolicy.Majority
            || !process.Machine.View.Contains(process.Member))
        {
            return;
        }

        foreach (SessionCopy copy in process.Machine.Inspection.Busy)
        {
            if (copy is { IsPrimary: true, Work.Change: { } change } && change.Reason != ChangeReason.Promote
                && TakesAway(process, copy.Configuration, change.Target) && _begun.Add(change)
                && cluster.Queue.Now - process.WokeAt > _awakeFor && !HearsQuorum(process))
            {
                throw new SimulationFailedException($"session {cluster.NameOf(copy.Session)}: {process.Member} takes a "
                    + $"holder away ({change.Reason}: {copy.Configuration} to {change.Target}), and has heard no quorum of "
                    + $"{process.Machine.View} for longer than a lease lasts");
            }
        }
    }

    /// <summary>Whether there are fewer holders then, without one that is a member.</summary>
    private static bool TakesAway(SimulatedProcess by, in Configuration from, in Configuration to)
    {
        if (from.Placement is not { IsAlive: true } present
            || to.Placement.HolderSpan.Length >= present.HolderSpan.Length)
        {
            return false;
        }

        foreach (Member holder in present.HolderSpan)
        {
            if (by.Machine.View.Contains(holder) && !to.Placement.Contains(holder))
            {
                return true;
            }
        }

        return false;
    }

    private bool HearsQuorum(SimulatedProcess by) => LivingQuorum.Is(
        cluster,
        by.Machine.View,
        member => member == by.Member
            || (_heardAt.TryGetValue((by.Member, member), out Instant at)
                && by.Now - at < cluster.Options.SilenceBetween(by.Member, member) * LongerThanLease));
}
