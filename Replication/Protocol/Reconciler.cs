using System.Runtime.CompilerServices;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// What a new view means for each session. Every member has the same map and decides the same: the primary stays, else
/// the first holder in the view becomes it; where every holder is gone for good the session is lost, and where one may
/// return it waits.
/// </summary>
internal sealed class Reconciler(
    NodeContext context,
    Replicator replicator,
    Reconfigurer reconfigurer,
    HolderChooser holders,
    Follower follower,
    EndsInDoubt ends,
    Ownership ownership,
    Endings endings,
    Promotions promotions,
    ProtectionQueue protection,
    Requests requests)
{
    /// <param name="view">The view.</param>
    /// <param name="isAgreed">
    /// Whether the map is what the view began with. Else it was copied later, and a configuration that a member has
    /// recorded since may come to nothing: like any mere record it takes no copy away.
    /// </param>
    public void Reconcile(View view, bool isAgreed)
    {
        int lost = 0;
        promotions.ViewChanged();
        protection.Restart();
        ends.ViewChanged(isAgreed);
        foreach (SessionId session in Affected(view, isAgreed))
        {
            context.Map.TryGet(session, out Location location);
            lost += Reconcile(view, session, location, isAgreed) ? 1 : 0;
        }

        ends.Reconciled();
        endings.Reconciled();
        promotions.Continue();
        if (lost > 0)
        {
            context.Report(new SessionsLost(lost, IsReporter(view)));
        }

        protection.Continue();
        requests.ViewChanged();
        requests.ResumeAll();
    }

    /// <summary>
    /// The sessions for which the view changes something here and now. Mostly they are few of very many. To find them
    /// is all that is done with each session in one step: what is left to do for most of the others has time.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private List<SessionId> Affected(View view, bool isAgreed)
    {
        var successions = new Successions(context, holders, view);
        List<SessionId> affected = [];
        foreach ((SessionId session, Location location) in context.Map.All())
        {
            bool isAffected = location.Placement is { IsAlive: true } placement
                ? !CanWait(location, successions.Of(placement))
                : !location.IsRecorded || location.Copy is not null
                    || (!isAgreed && ends.IsInDoubt(session));
            if (isAffected)
            {
                affected.Add(session);
            }
        }

        return affected;
    }

    /// <summary>
    /// Whether this node goes on with a living session as before, has nothing of it, or may lead it or give it a backup
    /// later.
    /// </summary>
    private bool CanWait(in Location location, in Succession succession)
    {
        if (location.Copy is not { } copy || succession.AreAllGone)
        {
            return !succession.AreAllGone && succession.Owner != context.Self;
        }

        if (!succession.IsHolder || copy.Work is not null || copy.Configuration != location.Configuration)
        {
            return false;
        }

        if (succession.Owner != context.Self)
        {
            return copy is { IsPrimary: false, IsEffective: false } && succession.Owner != default;
        }

        if (location.Placement!.Primary != context.Self)
        {
            return TryLeadLater(copy);
        }

        if (copy is { IsPrimary: true, IsEffective: true } && !succession.IsEnough)
        {
            protection.AddIfNeeded(copy);
        }

        return copy is { IsPrimary: true, IsEffective: true };
    }

    private bool TryLeadLater(SessionCopy copy)
    {
        if (!copy.IsPrimary)
        {
            promotions.Add(copy);
        }

        return !copy.IsPrimary;
    }

    /// <returns>Whether the session is lost.</returns>
    private bool Reconcile(View view, SessionId session, in Location location, bool isAgreed)
    {
        if (!location.IsRecorded)
        {
            ReconcileUnrecorded(location.Copy);
        }
        else if (!location.Placement!.IsAlive && !isAgreed && (location.Copy is not null || ends.IsInDoubt(session)))
        {
            follower.KeepUntilConfirmed(session, location.Copy);
        }
        else if (!location.Placement.IsAlive)
        {
            Drop(location.Copy, location.Placement.IsLost ? CommitResult.Lost : CommitResult.NotFound);
        }
        else if (location.Placement.Holders.All(holder => !view.Contains(holder) && !view.IsAbsent(holder)))
        {
            context.Map.Record(session, new Configuration(location.Counter + 1, Placement.Lost));
            Drop(location.Copy, CommitResult.Lost);
            return true;
        }
        else
        {
            ReconcileRecorded(view, session, location, isAgreed);
        }

        return false;
    }

    /// <summary>
    /// A creation that is under way is made anew by its primary, and a backup keeps what it has acknowledged, as the
    /// record may be under way already; <see cref="Repair"/> drops what no record comes for. What was about to be begun
    /// here lives on its own side and is handed in again. Any other session that is not recorded has ended, and even
    /// that is forgotten.
    /// </summary>
    private void ReconcileUnrecorded(SessionCopy? copy)
    {
        if (copy is { IsPrimary: true, IsEffective: false, Work: { Change.Reason: ChangeReason.Create } work })
        {
            // Who claimed it did so in the view before, and may not be in this one.
            work.Claimants.Clear();
            work.IsClaimed = false;
            reconfigurer.End(work);
            context.Map.Configure(copy, default);
            copy.IsEffective = false;
            reconfigurer.BeginCreation(copy);
        }
        else if (copy is { IsPrimary: true })
        {
            bool isBegun = copy.Work is { Change.Reason: ChangeReason.Adopt };
            Drop(copy, isBegun ? CommitResult.Unavailable : CommitResult.NotFound);
        }
    }

    private void ReconcileRecorded(View view, SessionId session, in Location location, bool isAgreed)
    {
        Member owner = location.Placement!.Holders.FirstOrDefault(view.Contains);
        SessionCopy? copy = location.Copy;
        if (copy is not null && owner == default && ownership.BeginIfOutOfReach(session) is not null)
        {
            // Nobody of this side holds the session by record; but here is what it was.
            return;
        }

        if (owner != context.Self || !location.Placement.Contains(context.Self))
        {
            // Only members of the view have recorded anything since it began.
            bool mayDrop = isAgreed || !view.Contains(location.Placement.Primary);
            follower.FollowAnother(copy, location, mayDrop);
        }
        else if (copy is null)
        {
            endings.GiveUp(session, location.Configuration);
        }
        else if (!copy.IsPrimary && location.Placement.Primary != context.Self)
        {
            promotions.Add(copy);
        }
        else
        {
            Lead(copy, location.Configuration);
        }
    }

    private void Lead(SessionCopy copy, Configuration recorded)
    {
        bool wasBackup = !copy.IsPrimary;
        if (wasBackup)
        {
            context.Map.SetRole(copy, isPrimary: true);
        }

        bool isMine = recorded.Placement.Primary == context.Self;
        if (isMine && copy is { IsEffective: true, Work: null } && copy.Configuration == recorded)
        {
            protection.AddIfNeeded(copy);
            return;
        }

        CopyWork work = replicator.WorkOf(copy);
        reconfigurer.End(work);
        work.Holders.Clear();
        work.GivenAway = null;
        work.GivenTo = default;
        work.Claimants.Clear();
        work.IsClaimed = false;
        if (isMine)
        {
            context.Map.Configure(copy, recorded);
            copy.IsEffective = true;
            AskForAcknowledgementsAnew(copy, work);
            reconfigurer.TellHolders(copy, work);
            if (wasBackup)
            {
                // It had given the session away, and nobody knows of that. What it was sent since by whom it gave it to
                // has perhaps not reached the others: it is read only when it has.
                replicator.HoldBack(copy);
            }
        }
        else
        {
            reconfigurer.Promote(copy, recorded);
        }

        if (work.IsEnding)
        {
            endings.End(copy);
        }

        protection.AddIfNeeded(copy);
        replicator.Advance(copy);
    }

    /// <summary>
    /// A holder may have acknowledged what it has dropped since: it followed another leader for a view of which the
    /// present one knows nothing. What is under way gets a sequence under which nobody can have acknowledged anything.
    /// </summary>
    private void AskForAcknowledgementsAnew(SessionCopy copy, CopyWork work)
    {
        if (work.Commits.Count > 0)
        {
            context.Map.Update(copy, copy.State, copy.Sequence + 1);
            work.AcknowledgedFrom = copy.Sequence;
        }
    }

    private void Drop(SessionCopy? copy, CommitResult result)
    {
        if (copy is not null)
        {
            follower.Drop(copy, result);
        }
    }

    private bool IsReporter(View view) => view.Members[0].Member == context.Self;
}
