using SessionCluster.Replication.Protocol;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Membership;

/// <summary>
/// The voting half of the agreement on views, which is Paxos for one decision a view number (Lamport, "Paxos Made
/// Simple", 2001), plus this: who promises records nothing more in the old view, and who accepts has made its location
/// map that of the proposer. So a quorum of any view knows whatever a quorum of the view before has recorded.
/// </summary>
internal sealed class ViewAcceptor(NodeContext context, MapSync sync, Division division)
{
    private long _syncing;

    /// <summary>The latest news of a view, as it came: with the digests of the map with which the view began.</summary>
    private ViewInstall? _news;

    /// <summary>
    /// Called when a view is in force and the map is that of the view: whether it is what the view began with, or has
    /// been copied since, with what may be recorded by a few only.
    /// </summary>
    public required Action<View, bool> Activated { get; init; }

    /// <summary>
    /// Called when a newer view is known: whether its map is here, as this member has agreed it with the others.
    /// </summary>
    public required Action<bool> Entered { get; init; }

    /// <summary>Called when a member of another lineage tells its view.</summary>
    public required Action<Member, ViewInstall> MetStrangers { get; init; }

    public void Receive(Member from, ViewPrepare prepare)
    {
        ViewState views = context.Views;
        bool isRelated = ViewNumber.AreRelated(prepare.Number, views.Current.Number);
        if (isRelated && prepare.Number <= views.Current.Number)
        {
            SendInstall(from);
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
    private bool MayExcludeSilent => context.Now - context.Views.EnteredAt >= context.Settings.SuspectAfter;

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
            SendInstall(from);
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

    public void Receive(Member from, ViewInstall install)
    {
        Learn(install.View);
        ViewState views = context.Views;
        bool isDivided = views.AcceptedView?.Number == install.View.Number;
        if (!isDivided && !ViewNumber.AreRelated(install.View.Number, views.Current.Number))
        {
            MetStrangers(from, install);
            return;
        }

        bool isNewer = isDivided || install.View.Number > views.Current.Number || IsGreater(install.View, views.Current);
        if ((!isNewer
                && (install.View.Number < views.Current.Number || views.IsActive || _syncing == install.View.Number))
            || IsMapNowhere(from, install))
        {
            return;
        }

        if (isNewer)
        {
            Enter(install.View);
            _news = install;
        }

        if (!views.IsMember)
        {
            return;
        }

        Synchronize(from, install);
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
                && peer.LeaseGivenAt is { } given && context.Now - given < context.Settings.SuspectAfter),
        ];
        if (leased.Length > 0)
        {
            context.Views.DenyLease(leased);
        }

        return leased.Length > 0 || mayServeItself;
    }

    /// <summary>Goes over to another lineage, to join it: as whoever learns of a view without itself.</summary>
    public void GoOver(View view) => Enter(view);

    private void Synchronize(Member from, ViewInstall install)
    {
        _syncing = install.View.Number;
        bool hasMap = context.Map.Differing(install.Digests).Count == 0;
        sync.Pull(from, install.Digests, PullMode.Replace, pull => ActivateAfterSync(install.View, pull.IsComplete, hasMap));
    }

    /// <summary>
    /// Whether another cluster's view of the same number is the one that stays: the larger, or the one with the smaller
    /// name; or the one to which this process belongs, where the other one is that of the dead, as far as it sees. Views
    /// of one cluster with one number are the same.
    /// </summary>
    private bool IsGreater(View view, View current)
    {
        if (view.Number != current.Number || view.Number == 0 || view.Members.SequenceEqual(current.Members))
        {
            return false;
        }

        if (view.Contains(context.Self) && !current.Contains(context.Self)
            && !current.Members.Any(member => context.Peers.IsLinked(member.Member)))
        {
            return true;
        }

        int bySize = view.Members.Count.CompareTo(current.Members.Count);
        return bySize > 0 || (bySize == 0 && view.Members[0].Member < current.Members[0].Member);
    }

    /// <summary>Puts a view in force that this member has agreed with the others as its proposer.</summary>
    public void Install(View view)
    {
        Enter(view, hasMap: true);

        // The others learn of the view before anything that is said in it.
        var install = new ViewInstall(view, context.Map.CopyDigests());
        foreach (Peer peer in context.Peers.All)
        {
            if (peer.Link is { } process)
            {
                context.Send(process, install);
            }
        }

        if (context.Views.IsMember)
        {
            Activate(view, isAgreed: true);
        }
    }

    /// <summary>
    /// Tells somebody who lives in an older view which one is in force. Only an active member's map is true. Who has not
    /// the map, or is no member, passes on what it has heard to those who live in the view before: who has accepted the
    /// view has its map.
    /// </summary>
    public void SendInstall(Member to)
    {
        if (context.Views.IsServing)
        {
            context.Send(to, new ViewInstall(context.Views.Current, context.Map.CopyDigests()));
        }
        else if (_news is { } news && news.View == context.Views.Current && HasSaidThatItJoins()
            && context.Peers.Find(to.Node) is { HasReported: true } peer && peer.View == news.View.Number - 1)
        {
            context.Send(to, news);
        }
    }

    /// <summary>
    /// Whether all to whom this process is connected have heard from it in this view, and that it serves nothing.
    /// </summary>
    private bool HasSaidThatItJoins() => context.SaidStatus == MemberStatus.Joining
        && context.Now - context.Views.EnteredAt > context.Settings.HeartbeatInterval * 2;

    /// <summary>Whether the map of a view is not here, and whoever tells of the view has said that it lacks it, too.</summary>
    private bool IsMapNowhere(Member from, ViewInstall install) =>
        context.Peers.Find(from.Node) is { HasReported: true, Status: MemberStatus.Joining } peer
        && peer.View == install.View.Number && context.Map.Differing(install.Digests).Count > 0;

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

    private void Enter(View view, bool hasMap = false)
    {
        Learn(view);
        sync.Clear();
        _syncing = 0;
        ForgetWhatTheDeadWentOnTo(view);
        context.Views.Enter(view, active: false);
        context.Views.EnteredAt = context.Now;
        foreach (Peer peer in context.Peers.All)
        {
            peer.CompareView(view.Number, context.Now);
        }

        Entered(hasMap);
    }

    /// <summary>
    /// The dead may have gone on without those few who go on for them now, and may have told a copy something in a view
    /// of which nobody is left. As long as that was taken for a coming one, the copy would wait for it.
    /// </summary>
    private void ForgetWhatTheDeadWentOnTo(View view)
    {
        ViewState views = context.Views;
        if (views.AcceptedView?.Number != view.Number || !Quorum.IsMostlyGone(views.Current, context.Peers))
        {
            return;
        }

        long former = views.Current.Number;
        foreach ((SessionId _, Location location) in context.Map.All())
        {
            // Who is left may be in the new view already, and have said something there.
            if (location.Copy is { Configuration.Placement.Primary: var teller } copy
                && ViewNumber.IsLater(copy.ToldInView, former) && context.Peers.IsGone(teller))
            {
                copy.ToldInView = former;
            }
        }
    }

    private void ActivateAfterSync(View view, bool came, bool isAgreed)
    {
        _syncing = 0;
        if (came && context.Views.Current.Number == view.Number && !context.Views.IsActive)
        {
            Activate(view, isAgreed);
        }
    }

    private void Activate(View view, bool isAgreed)
    {
        context.Views.IsActive = true;
        Activated(view, isAgreed);
    }

    /// <summary>
    /// Who is absent is learned too: else a process that has never met it could not tell that it is dead.
    /// </summary>
    private void Learn(View view)
    {
        foreach (Member member in view.Members.Select(static member => member.Member).Concat(view.Absent))
        {
            context.Peers.Find(member.Node)?.Learn(member.Incarnation, context.Now);
        }
    }

    /// <summary>
    /// Who is heard here and by a quorum stays. Where it is heard here, but by too few, those who do not hear it would
    /// attempt to go on, and this member refuse, for as long as a few ways are cut; and who has promised serves nothing
    /// meanwhile. Whether its lease is over is asked when a view is accepted.
    /// </summary>
    private bool MustStay(Member member) => IsHeard(member)
        && (member.Node == context.Self.Node
            || context.Peers.IsHeardByQuorum(context.Views.Current, member, context.Now));

    private bool IsHeard(Member member) =>
        member.Node == context.Self.Node
        || (!context.Peers.IsGone(member) && !context.Peers.IsUnheard(member.Node, context.Now));
}
