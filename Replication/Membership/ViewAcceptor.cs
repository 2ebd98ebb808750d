using SessionCluster.Replication.Protocol;

namespace SessionCluster.Replication.Membership;

/// <summary>
/// The voting half of the agreement on views, which is Paxos for one decision a view number (Lamport, "Paxos Made
/// Simple", 2001), plus this: who promises records nothing more in the old view, and who accepts has made its location
/// map that of the proposer. So a quorum of any view knows whatever a quorum of the view before has recorded.
/// </summary>
internal sealed class ViewAcceptor(NodeContext context, MapSync sync)
{
    private long _syncing;

    /// <summary>
    /// Called when a view is in force and the map is that of the view: whether it is what the view began with, or has been
    /// copied since, with what may be recorded by a few only.
    /// </summary>
    public required Action<View, bool> Activated { get; init; }

    /// <summary>Called when a newer view is known, before its map is.</summary>
    public required Action Entered { get; init; }

    public void Receive(Member from, ViewPrepare prepare)
    {
        ViewState views = context.Views;
        if (prepare.Number <= views.Current.Number)
        {
            SendInstall(from);
            return;
        }

        if (prepare.Number != views.Current.Number + 1 || !views.IsMember || !views.IsActive || !views.Includes(from))
        {
            return;
        }

        if (!TryPromise(prepare))
        {
            context.Send(from, new ViewRefused(prepare.Number, views.Promised));
            return;
        }

        context.Send(from, Promise(prepare));
    }

    /// <summary>Promises, where no higher attempt is known and nobody is excluded who is heard here.</summary>
    public bool TryPromise(ViewPrepare prepare)
    {
        ViewState views = context.Views;
        if (prepare.Ballot < views.Promised || prepare.Silent.Any(IsHeard))
        {
            return false;
        }

        if (!views.IsSealed)
        {
            views.SealedAt = context.Now;
        }

        views.Promised = prepare.Ballot;
        views.PromisedAt = context.Now;
        views.PromisedSilent = prepare.Silent;
        return true;
    }

    public ViewPromise Promise(ViewPrepare prepare) => new(
        prepare.Number, prepare.Ballot, context.Views.Accepted, context.Views.AcceptedView, context.Map.CopyDigests());

    public void Receive(Member from, ViewAccept accept)
    {
        ViewState views = context.Views;
        if (accept.View.Number <= views.Current.Number)
        {
            SendInstall(from);
            return;
        }

        if (accept.View.Number != views.Current.Number + 1 || !views.IsMember || !views.IsActive)
        {
            return;
        }

        if (accept.Ballot < views.Promised)
        {
            context.Send(from, new ViewRefused(accept.View.Number, views.Promised));
            return;
        }

        if (!views.IsSealed)
        {
            views.SealedAt = context.Now;
        }

        views.Promised = accept.Ballot;
        views.PromisedAt = context.Now;
        sync.Pull(from, accept.Digests, PullMode.Replace, came => AcceptAfterSync(from, accept, came));
    }

    public void Receive(Member from, ViewInstall install)
    {
        Learn(install.View);
        ViewState views = context.Views;
        bool isNewer = install.View.Number > views.Current.Number || IsGreater(install.View, views.Current);
        if (!isNewer && (install.View.Number < views.Current.Number || views.IsActive || _syncing == install.View.Number))
        {
            return;
        }

        if (isNewer)
        {
            Enter(install.View);
        }

        if (!views.IsMember)
        {
            return;
        }

        _syncing = install.View.Number;
        bool hasMap = context.Map.Differing(install.Digests).Count == 0;
        sync.Pull(from, install.Digests, PullMode.Replace, came => ActivateAfterSync(install.View, came, hasMap));
    }

    /// <summary>
    /// Whether another cluster's view of the same number is the one that stays: the larger, or the one with the smaller
    /// name. Views of one cluster with one number are the same.
    /// </summary>
    private static bool IsGreater(View view, View current)
    {
        if (view.Number != current.Number || view.Number == 0 || view.Members.SequenceEqual(current.Members))
        {
            return false;
        }

        int bySize = view.Members.Count.CompareTo(current.Members.Count);
        return bySize > 0 || (bySize == 0 && view.Members[0].Member < current.Members[0].Member);
    }

    /// <summary>Puts a view in force that this member has agreed with the others as its proposer.</summary>
    public void Install(View view)
    {
        Enter(view);

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

    /// <summary>Tells somebody who lives in an older view which one is in force. Only an active member's map is true.</summary>
    public void SendInstall(Member to)
    {
        if (context.Views.IsServing)
        {
            context.Send(to, new ViewInstall(context.Views.Current, context.Map.CopyDigests()));
        }
    }

    private void AcceptAfterSync(Member from, ViewAccept accept, bool came)
    {
        ViewState views = context.Views;
        if (!came || views.Current.Number + 1 != accept.View.Number || views.Promised != accept.Ballot)
        {
            return;
        }

        views.Accepted = accept.Ballot;
        views.AcceptedView = accept.View;
        context.Send(from, new ViewAccepted(accept.View.Number, accept.Ballot));
    }

    private void Enter(View view)
    {
        Learn(view);
        sync.Clear();
        _syncing = 0;
        context.Views.Enter(view, active: false);
        Entered();
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

    /// <summary>Who is absent is learned too: else a process that has never met it could not tell that it is dead.</summary>
    private void Learn(View view)
    {
        foreach (Member member in view.Members.Select(static member => member.Member).Concat(view.Absent))
        {
            context.Peers.Find(member.Node)?.Learn(member.Incarnation, context.Now);
        }
    }

    private bool IsHeard(Member member) =>
        member.Node == context.Self.Node
        || (!context.Peers.IsGone(member) && !context.Peers.IsSilent(member.Node, context.Now));
}
