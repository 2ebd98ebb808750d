using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// Which views somebody went on to alone, after all others of its view had died and it had waited in vain for those
/// that it could not hear. One of these may be of the view that the dead had gone on to, which then has the same number:
/// nothing is promised then, see the protocol's limits.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class LonelyViews(SimulatedCluster cluster)
{
    private readonly Dictionary<Member, View> _latest = [];
    private readonly List<(View View, HashSet<Member> Unheard)> _lonely = [];

    /// <summary>A member knows of a view, and acts in it or is not in it.</summary>
    public void Note(SimulatedProcess process, View view, bool acts)
    {
        if (acts && cluster.Options is { IsStrict: false, PartitionPolicy: PartitionPolicy.Majority }
            && _latest.TryGetValue(process.Member, out View? before) && view.Number == before.Number + 1
            && HasWaitedForAll(process, before))
        {
            var unheard = cluster.Processes.Where(other => !IsHeard(process, other));
            _lonely.Add((view, [.. unheard.Select(static other => other.Member)]));
        }

        _latest[process.Member] = view;
    }

    /// <summary>Whether a process was not heard by who went on alone to a view.</summary>
    public bool WasUnheard(View view, SimulatedProcess process) => _lonely.Exists(
        lonely => lonely.View.Number == view.Number && lonely.View.Members.SequenceEqual(view.Members)
            && lonely.Unheard.Contains(process.Member));

    /// <summary>
    /// Whether all others of its view are dead, and the last of them has been for longer than those that say nothing
    /// are waited for, by the waiting member's clock.
    /// </summary>
    private bool HasWaitedForAll(SimulatedProcess process, View view)
    {
        TimeSpan patience = cluster.LongestPatience;
        foreach (ref readonly ViewMember member in view.Span)
        {
            bool isDead = member.Member == process.Member
                || (process.Machine.Inspection.DeathOf(member.Member) is { } death && process.Now - death > patience);
            if (!isDead)
            {
                return false;
            }
        }

        return view.Number > 0;
    }

    private static bool IsHeard(SimulatedProcess process, SimulatedProcess other) => process == other
        || (process.Machine.Inspection.IsLinked(other.Member) && process.Machine.Inspection.Hears(other.Member));
}
