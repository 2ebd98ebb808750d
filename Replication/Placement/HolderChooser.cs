using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>
/// Decides who shall hold a session of this node's, and whether those who do are as good as could be.
/// </summary>
internal sealed class HolderChooser(NodeContext context, BackupChooser backups)
{
    /// <summary>How many holders a session should have now, this node included.</summary>
    public int DesiredCount() => backups.DesiredHolders();

    /// <summary>Whether a session has fewer holders than it could have, or one that will not stay.</summary>
    public bool NeedsProtection(SessionCopy copy) =>
        context.Settings.Replicates
        && copy is { IsPrimary: true, IsEffective: true }
        && !IsEnough(copy.Configuration.Placement);

    /// <summary>Whether holders are as many and as good as they could be.</summary>
    public bool IsEnough(Placement placement) =>
        placement.Holders.Count >= DesiredCount() && placement.Holders.All(IsGoodHolder);

    /// <summary>The holders of a session that nobody else leads.</summary>
    public List<Member> FirstHolders(SessionCopy copy)
    {
        List<Member> holders = [context.Self];
        holders.AddRange(backups.Choose(copy.Session, DesiredCount() - 1, holders, copy.State.Bytes));
        return holders;
    }

    /// <summary>
    /// The holders that were wanted, with another in the place of one; nothing where there is no other, and that one
    /// may answer yet.
    /// </summary>
    public List<Member>? HoldersWithout(SessionCopy copy, Placement wanted, Member holder)
    {
        List<Member> kept = [.. wanted.Holders.Where(member => member != holder)];
        int count = Math.Max(DesiredCount(), wanted.Holders.Count) - kept.Count;
        kept.AddRange(backups.Choose(copy.Session, count, [.. kept, holder], copy.State.Bytes));
        return kept.Count < wanted.Holders.Count && !IsGivenUp(holder) ? null : kept;
    }

    /// <summary>The holders that a session should have, or nothing where it has them.</summary>
    public List<Member>? NewHolders(SessionCopy copy)
    {
        if (!context.Settings.Replicates)
        {
            return null;
        }

        IReadOnlyList<Member> present = copy.Configuration.Placement.Holders;
        int desired = DesiredCount();
        if (present.Count == desired && present.All(IsGoodHolder))
        {
            return null;
        }

        List<Member> kept = [context.Self, .. present.Where(member => member != context.Self && IsGoodHolder(member))];
        if (kept.Count > desired)
        {
            kept.RemoveRange(desired, kept.Count - desired);
        }

        kept.AddRange(backups.Choose(copy.Session, desired - kept.Count, kept, copy.State.Bytes));
        foreach (Member member in present)
        {
            // One that is slow still holds it; better than nobody, as long as there is no other, and nothing waits for
            // ever. One that leaves waits until it is let go.
            if (kept.Count < Math.Min(1L + context.Settings.Backups, present.Count)
                && !kept.Contains(member) && context.Views.Current.Contains(member)
                && !(copy.Work is { Commits.Count: > 0 } && IsGivenUp(member))
                && context.Peers.Find(member.Node) is not { IsLeaving: true })
            {
                kept.Add(member);
            }
        }

        return kept.Count == present.Count && kept.TrueForAll(present.Contains) ? null : kept;
    }

    /// <summary>
    /// Whether a member is silent for this one, or the way back is cut, while a quorum is heard. If others hear it, it
    /// stays in the view, and would else be waited for as long as the cut lasts. Who hears no quorum gives nobody up:
    /// it is this member that is cut off, and the others are to have what it has when it is back. When a view has just
    /// begun, its members get the time that they have before they can be excluded for silence.
    /// </summary>
    private bool IsGivenUp(Member member) =>
        context.Peers.IsAway(member, context.Now)
        && context.Now - context.Views.EnteredAt >= context.Settings.SuspectAfter
        && Quorum.IsInReach(context.Views.Current, context.Peers, context.Now);

    private bool IsGoodHolder(Member member) => member == context.Self || backups.IsEligible(member);
}
