using SessionCluster.Replication.Protocol;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Membership;

/// <summary>
/// The learning part of the agreement on views: news of a view that is agreed, in which this member acts as soon as it
/// has the view's map; and which it passes on.
/// </summary>
internal sealed class ViewLearner(NodeContext context, MapSync sync)
{
    private long _syncing;

    /// <summary>The latest news of a view, as it came: with the digests of the map with which the view began.</summary>
    private ViewInstall? _news;

    /// <summary>
    /// Whether the map here is the one that this member has agreed with the view. Who tells of a view has recorded more
    /// since, and whoever has copied that before has the same.
    /// </summary>
    private bool _isMapAgreed;

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
        if (!isNewer && install.View.Number == views.Current.Number)
        {
            TellOfGreater(from, install.View);
        }

        if ((!isNewer
                && (install.View.Number < views.Current.Number || views.IsActive || _syncing == install.View.Number))
            || IsMapNowhere(from, install))
        {
            return;
        }

        if (isNewer)
        {
            _isMapAgreed = views.AcceptedView?.Number == install.View.Number;
            Enter(install.View);
            _news = install;
        }

        if (!views.IsMember)
        {
            return;
        }

        Synchronize(from, install);
    }

    /// <summary>Goes over to another lineage, to join it: as whoever learns of a view without itself.</summary>
    public void GoOver(View view) => Enter(view);

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
    /// view has its map. Who has not must know by then that there is no map here, or it would copy the one that is.
    /// </summary>
    public void SendInstall(Member to)
    {
        if (context.Views.IsServing)
        {
            context.Send(to, new ViewInstall(context.Views.Current, context.Map.CopyDigests()));
        }
        else if (_news is { } news && news.View == context.Views.Current && HasWaitedForMap()
            && context.Peers.Find(to.Node) is { HasReported: true } peer && peer.View == news.View.Number - 1
            && peer.ToldToLackMapOf == news.View.Number)
        {
            context.Send(to, news);
        }
    }

    private void Synchronize(Member from, ViewInstall install)
    {
        _syncing = install.View.Number;
        bool isAgreed = _isMapAgreed = _isMapAgreed && context.Map.Differing(install.Digests).Count == 0;
        sync.Pull(
            from, install.Digests, PullMode.Replace, pull => ActivateAfterSync(install.View, pull.IsComplete, isAgreed));
    }

    /// <summary>
    /// Whether another cluster's view of the same number is the one that stays: the larger, or the one with the smaller
    /// name; or the one to which this process belongs, where the other one is that of the dead, as far as it sees. A view
    /// of which word comes late, and in which nobody is any more, takes nobody from one that lives. Views of one cluster
    /// with one number are the same.
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

        return !(current.Contains(context.Self) && IsLeft(view, current)) && CompareSizes(view, current) > 0;
    }

    /// <summary>Whether nobody is in a view any more: its members are dead, or have gone on to the present one.</summary>
    private bool IsLeft(View view, View present) =>
        view.Members.All(member => context.Peers.IsGone(member.Member) || present.Contains(member.Member));

    /// <summary>
    /// Who has gone over to another cluster's view is missed in the one that it has left: those who are still there are
    /// told where it is, or they would wait for it. Whoever is in that view has it from its members, with the map.
    /// </summary>
    private void TellOfGreater(Member from, View view)
    {
        View current = context.Views.Current;
        if (!context.Views.IsMember && !current.Contains(from) && CompareSizes(current, view) > 0)
        {
            context.Send(from, new ViewInstall(current, _news?.View == current ? _news.Digests : []));
        }
    }

    /// <summary>Which of two clusters' views is the larger, or else has the smaller name.</summary>
    private static int CompareSizes(View one, View other)
    {
        int bySize = one.Members.Count.CompareTo(other.Members.Count);
        return bySize != 0 ? bySize : other.Members[0].Member.CompareTo(one.Members[0].Member);
    }

    /// <summary>Whether the map has not come for so long that it may have died with its proposer.</summary>
    private bool HasWaitedForMap() => context.Now - context.Views.EnteredAt > context.Settings.HeartbeatInterval * 2;

    /// <summary>
    /// Whether the map of a view is not here, and whoever tells of the view has said that it lacks it, too. Who goes over
    /// to another cluster needs none.
    /// </summary>
    private bool IsMapNowhere(Member from, ViewInstall install) =>
        (install.View.Contains(context.Self) || install.View.Number != context.Views.Current.Number)
        && context.Peers.Find(from.Node) is { HasReported: true, Status: MemberStatus.Joining } peer
        && peer.View == install.View.Number && context.Map.Differing(install.Digests).Count > 0;

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
}
