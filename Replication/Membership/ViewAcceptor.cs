using SessionCluster.Replication.Protocol;

namespace SessionCluster.Replication.Membership;

/// <summary>
/// The voting half of the agreement on views, which is Paxos for one decision a view number (Lamport, "Paxos Made
/// Simple", 2001), plus this: who promises records nothing more in the old view, and who accepts has made its location
/// map that of the proposer. So a quorum of any view knows whatever a quorum of the view before has recorded.
/// </summary>
internal sealed class ViewAcceptor(NodeContext context, MapSync sync, Division division, ViewLearner learner)
{
    public void Receive(Member from, ViewPrepare prepare)
    {
        ViewState views = context.Views;
        bool isRelated = ViewNumber.AreRelated(prepare.Number, views.Current.Number);
        if (isRelated && prepare.Number <= views.Current.Number)
        {
            learner.SendInstall(from);
            return;
        }

        if ((isRelated && prepare.Number != views.Current.Number + 1)
            || !views.IsMember || !views.IsActive || !views.Includes(from))
        {
            if (isRelated && (!views.IsMember || views.Current.Number < prepare.Number - 1))
            {
                // It is no member and has no vote, but whoever is left alone has to know that no view has followed.
                context.Send(from, new ViewRefused(prepare.Number, prepare.Ballot));
            }

            return;
        }

        if (prepare.Ballot == views.Promised)
        {
            // It has been promised, and still takes its time.
            views.PromisedAt = context.Now;
            return;
        }

        if (isRelated ? !TryPromise(prepare) : !TryPromiseToDivide(from, prepare))
        {
            context.Send(from, new ViewRefused(prepare.Number, views.Promised));
            return;
        }

        context.Send(from, Promise(prepare));
    }

    /// <summary>
    /// Whether silence is a reason already: a member that has not heard of this view may hold a lease of an earlier
    /// one, granted by those whom this one excludes.
    /// </summary>
    private bool MayExcludeSilent => context.Now - context.Views.EnteredAt >= context.Times.SuspectAfter;

    /// <summary>Promises, where no higher attempt is known and nobody is excluded who is to stay.</summary>
    public bool TryPromise(ViewPrepare prepare)
    {
        if (prepare.Ballot < context.Views.Promised || prepare.Silent.Any(MustStay))
        {
            return false;
        }

        if (prepare.Silent.Count > 0 && !MayExcludeSilent)
        {
            return false;
        }

        NotePromise(prepare.Ballot);
        context.Views.PromiseSilent(prepare.Silent);
        return true;
    }

    /// <summary>Promises to go on with those who are heard, where this member hears no quorum either.</summary>
    public bool TryPromiseToDivide(Member from, ViewPrepare prepare)
    {
        if (prepare.Ballot < context.Views.Promised || !division.MayAgree(from, prepare))
        {
            return false;
        }

        NotePromise(prepare.Ballot);
        context.Views.PromiseSilent(prepare.Silent);
        return true;
    }

    public ViewPromise Promise(ViewPrepare prepare) => new(
        prepare.Number, prepare.Ballot, context.Views.Accepted, context.Views.AcceptedView, context.Map.CopyDigests());

    public void Receive(Member from, ViewAccept accept)
    {
        ViewState views = context.Views;
        if (ViewNumber.AreRelated(accept.View.Number, views.Current.Number) && accept.View.Number <= views.Current.Number)
        {
            learner.SendInstall(from);
            return;
        }

        if (!IsNext(from, accept) || !views.IsMember || !views.IsActive)
        {
            return;
        }

        if (accept.Ballot < views.Promised)
        {
            context.Send(from, new ViewRefused(accept.View.Number, views.Promised));
            return;
        }

        NotePromise(accept.Ballot);
        if (MustWaitFor(accept.View))
        {
            return;
        }

        // What is being merged for an attempt of this member's own, or to repair its map, is not in the map to be agreed.
        sync.Clear();
        sync.Pull(from, accept.Digests, PullMode.Replace, pull => AcceptAfterSync(from, accept, pull.IsComplete));
    }

    /// <summary>
    /// Whether a view excludes for silence somebody whose lease from here may still last: an earlier attempt has
    /// decided so, perhaps, and this member has heard it since. It gets no further lease, so the view can be accepted
    /// soon; whoever proposes it tries again. Whoever is excluded itself waits for the lease that it has given itself.
    /// </summary>
    public bool MustWaitFor(View view)
    {
        bool mayServeItself = context.Views.IsServing && !view.Contains(context.Self)
            && context.Now - context.Views.SealedAt < context.Settings.SuspectAfter;
        Member[] leased =
        [
            .. view.Absent.Where(member => context.Views.Current.Contains(member)
                && context.Peers.Find(member.Node) is { } peer && !peer.IsGone(member.Incarnation)
                && peer.LeaseGivenAt is { } given && context.Now - given < context.Times.SilenceOf(peer)),
        ];
        if (leased.Length > 0)
        {
            context.Views.DenyLease(leased);
        }

        return leased.Length > 0 || mayServeItself;
    }

    private void AcceptAfterSync(Member from, ViewAccept accept, bool came)
    {
        ViewState views = context.Views;
        if (!came || context.Map.Differing(accept.Digests).Count > 0
            || !IsNext(from, accept) || views.Promised != accept.Ballot)
        {
            return;
        }

        views.Accepted = accept.Ballot;
        views.AcceptedView = accept.View;
        context.Send(from, new ViewAccepted(accept.View.Number, accept.Ballot));
    }

    private bool IsNext(Member from, ViewAccept accept) =>
        accept.View.Number == context.Views.Current.Number + 1
        || (!ViewNumber.AreRelated(accept.View.Number, context.Views.Current.Number) && division.IsAgreed(from, accept));

    private void NotePromise(Ballot ballot)
    {
        ViewState views = context.Views;
        if (!views.IsSealed)
        {
            views.SealedAt = context.Now;
        }

        if (ballot != views.Promised)
        {
            // What still comes of the map of an earlier attempt would take away what is promised to this one.
            sync.Clear();
        }

        views.Promised = ballot;
        views.PromisedAt = context.Now;
        if (context.Peers.Find(ballot.Proposer) is { } proposer)
        {
            proposer.AttemptedAfter = views.Current.Number;
        }
    }

    /// <summary>
    /// Who is heard here and by a quorum stays. Where it is heard here, but by too few, those who do not hear it would
    /// attempt to go on, and this member refuse, for as long as a few ways are cut; and who has promised serves nothing
    /// meanwhile. Whether its lease is over is asked when a view is accepted.
    /// </summary>
    private bool MustStay(Member member) => IsHeard(member)
        && (member.Node == context.Self.Node
            || (context.Peers.IsHeardByQuorum(context.Views.Current, member, context.Now)
                && !context.Isolation.IsToBeLeft(member, context.Views.Current)));

    private bool IsHeard(Member member) =>
        member.Node == context.Self.Node
        || (!context.Peers.IsGone(member) && !context.Peers.IsUnheard(member.Node, context.Now));
}
