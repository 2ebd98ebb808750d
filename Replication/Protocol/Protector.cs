using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Decides when a session that is served here needs other holders: where it has too few, where one does not answer, and
/// where the load is uneven.
/// </summary>
internal sealed class Protector(NodeContext context, Reconfigurer reconfigurer, HolderChooser chooser)
{
    /// <summary>Gives a session as many holders as it should have, where it has not.</summary>
    /// <returns>Whether a change was begun.</returns>
    public bool ProtectIfNeeded(SessionCopy copy)
    {
        if (!CanChange(copy) || chooser.NewHolders(copy) is not { } holders || MayBeLeftBehind(copy, holders))
        {
            return false;
        }

        reconfigurer.Start(copy, holders, ChangeReason.Protect);
        return true;
    }

    /// <summary>Moves a backup to another member, to even out the load.</summary>
    public bool MoveBackup(SessionCopy copy, Member from, Member to)
    {
        if (!CanChange(copy) || copy.Work is not null || copy.Configuration.Placement.Contains(to))
        {
            return false;
        }

        reconfigurer.Start(
            copy,
            [.. copy.Configuration.Placement.Holders.Select(holder => holder == from ? to : holder)],
            ChangeReason.Move);
        return true;
    }

    /// <summary>
    /// A holder does not answer: another takes its place, in the change that is under way or in a new one.
    /// </summary>
    public void ReplaceHolder(SessionCopy copy, Member holder)
    {
        if (copy.Work is not { } work || work.GivenAway is not null || work.IsEnding || work.Change is { IsRecording: true })
        {
            return;
        }

        if (work.Change is { } change)
        {
            if (!change.Target.Placement.Contains(holder) || change.Reason == ChangeReason.Create
                || chooser.HoldersWithout(copy, change.Target.Placement, holder) is not { } holders
                || MayBeLeftBehind(copy, holders))
            {
                return;
            }

            reconfigurer.End(work);
            reconfigurer.Start(copy, holders, change.Reason);
        }
        else
        {
            ProtectIfNeeded(copy);
        }
    }

    /// <summary>
    /// Whether commits may be answered under the present holders: there are enough, or there is nobody else. Where a
    /// commit waits for one that the view is without, another takes its place now, not when the session's turn comes.
    /// </summary>
    public bool IsProtectedEnough(SessionCopy copy, CopyWork work)
    {
        if (copy.Configuration.Placement.HolderSpan.Length >= chooser.DesiredCount())
        {
            if (work.Change is null && OwesFromOutside(work))
            {
                ProtectIfNeeded(copy);
            }

            return true;
        }

        return work.Change is null && !ProtectIfNeeded(copy) && work.Change is null;
    }

    /// <summary>
    /// Whether fewer would hold it than now, by the word of a primary that hears too few, or no other node: the next
    /// view may be without that, and would begin with what a single member had recorded for it.
    /// </summary>
    private bool MayBeLeftBehind(SessionCopy copy, List<Member> holders) =>
        holders.Count < (copy.Configuration.Placement?.Holders.Count ?? 0)
        && (context.Isolation.AmIToBeLeft
            || !Quorum.IsReached(
                context.Views.Current, member => context.Peers.IsHeardLately(member, context.Now), context.Peers));

    private bool OwesFromOutside(CopyWork work)
    {
        foreach (HolderProgress holder in work.Holders)
        {
            if (holder.Owes && !context.Views.Current.Contains(holder.Holder))
            {
                return true;
            }
        }

        return false;
    }

    private static bool CanChange(SessionCopy copy) =>
        copy.IsPrimary && copy.IsEffective
        && copy.Work is null or { Change: null, GivenAway: null, IsEnding: false };
}
