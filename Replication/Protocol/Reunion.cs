using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// How a member goes over to a lineage that beats its own: it serves nothing any more, hands in every copy that it has
/// and every removal that it knows of, and joins as any newcomer when all of it is taken. Until then its copies stay;
/// if the others go out of reach before, or take nothing for long, it serves on as if nothing had been.
/// </summary>
internal sealed class Reunion(
    NodeContext context, ViewLearner learner, Heartbeats heartbeats, HandInOffers offers)
{
    private View? _home;
    private Member _sponsor;
    private Instant _heardAt;
    private Instant _restsUntil = Instant.Zero;
    private Instant _nextAt = Instant.Zero;

    /// <summary>
    /// How long nothing need be taken until this process serves on; and for how long, before it tries again. An answer
    /// over a slow way, which asks for the values first, comes in that time.
    /// </summary>
    private TimeSpan Patience => context.Times.FoundingPatience * 3;

    public bool IsBusy => context.IsGoingOver || offers.AreUnderWay;

    /// <summary>
    /// Whether this process, which its view does not include, may become a member: all that it has is taken. While it
    /// was away sessions may have been begun anew of which it has the only copies.
    /// </summary>
    public bool MayJoin => !context.Settings.ServesDivided || (offers.AreDone && offers.AreAllTaken());

    /// <summary>Looks for a lineage to go over to, and sees how far that has come.</summary>
    public void Tick()
    {
        if (context.Now >= _nextAt && context.Settings.ServesDivided && context.Peers.All.Any(static peer => peer.IsElsewhere))
        {
            _nextAt = context.Now + (context.Settings.HeartbeatInterval / 2);
            Ask();
        }

        if (context.IsGoingOver && context.Now - _heardAt > context.Settings.SuspectAfter)
        {
            Stop();
        }

        if (context.IsGoingOver && context.Views.IsServing && context.Now - offers.TakenAt > Patience)
        {
            // Too many ways are cut over there for all that it takes.
            _restsUntil = context.Now + Patience;
            Stop();
        }

        if (!context.IsGoingOver && !context.Views.IsMember && context.Settings.ServesDivided)
        {
            PrepareToJoin();
        }

        if (context.IsGoingOver || !context.Views.IsMember)
        {
            offers.Repeat();
        }
    }

    /// <summary>This process is a member: what it still has is what it should have.</summary>
    public void Joined()
    {
        offers.Clear();
        if (context.IsGoingOver && _home is { } home && ViewNumber.AreRelated(home.Number, context.Views.Current.Number))
        {
            Stop();
        }
    }

    /// <summary>A peer has shown that it lives in another lineage.</summary>
    public void Noticed()
    {
        if (!context.IsGoingOver)
        {
            Tick();
        }
    }

    /// <summary>
    /// A member of another lineage that may serve has told its view. One that is no node takes nothing, so nobody goes
    /// over on its word.
    /// </summary>
    public void Receive(Member from, ViewInstall install)
    {
        bool isNode = install.View.Members.Any(member => member.Member == from && member.Role == MemberRole.Node);
        bool isBetter = _home is null || !context.IsGoingOver
            || !ViewNumber.Beats(_home.Number, install.View.Number);
        if (context.HasLeft || !isNode || !isBetter || IsLateFellow(from, install.View) || !GoesOverTo(install.View.Number)
            || (context.Views.IsServing && context.Now < _restsUntil))
        {
            return;
        }

        if (!context.IsGoingOver || ViewNumber.Beats(install.View.Number, _home!.Number))
        {
            Start();
        }

        (_home, _sponsor, _heardAt) = (install.View, from, context.Now);
        offers.AimAt(from, install.View);
        offers.OfferMore();
        if (offers.AreDone && !install.View.Contains(context.Self))
        {
            // What was under way when this began may have come true since: a removal of what was taken as it lived.
            offers.Gather();
            offers.OfferMore();
            if (!offers.AreUnderWay)
            {
                GoOver(install.View);
            }
        }
    }

    /// <summary>Whether a member of this group, which has agreed to divide with it, has only not done so yet.</summary>
    private bool IsLateFellow(Member from, View view) =>
        view.Number == context.Views.DividedFrom && context.Views.Current.Contains(from);

    /// <summary>
    /// Where no node serves in the lineage of this process, or its view has no node any more, any other one will do.
    /// </summary>
    private bool GoesOverTo(long number)
    {
        View current = context.Views.Current;
        if (number == 0 || ViewNumber.AreRelated(number, current.Number))
        {
            return false;
        }

        bool isLost = !context.Views.IsServing && !Array.Exists(context.Peers.All, IsInTouchHere);
        bool isEmpty = current.Members.All(static member => member.Role == MemberRole.Voter);
        return isLost || isEmpty || ViewNumber.Beats(number, current.Number);
    }

    /// <summary>
    /// Whether a peer is a node that serves in the lineage of this process. One that stays in an earlier view may be
    /// waiting for this very process, as it cannot know who else has gone on.
    /// </summary>
    private bool ServesHere(Peer peer) => peer is
    {
        Link: not null, HasReported: true, IsElsewhere: false, View: > 0, Status: MemberStatus.Up, Role: MemberRole.Node,
    } && (peer.View >= context.Views.Current.Number || context.Now - context.Views.EnteredAt < context.Settings.SuspectAfter);

    /// <summary>A connection over a cut way lasts for long, and tells nothing new: who was there may live elsewhere now.</summary>
    private bool IsInTouchHere(Peer peer) =>
        ServesHere(peer) && context.Now - peer.LastHeard < context.Times.FoundingPatience;

    /// <summary>
    /// Asks one that may serve in the best of the other lineages; all of them, as long as none has answered.
    /// </summary>
    private void Ask()
    {
        if (context.IsGoingOver && context.Now - _heardAt < context.Settings.SuspectAfter / 2)
        {
            context.Send(_sponsor, new JoinRequest(ViewNumber.None, context.Settings.Role));
            return;
        }

        foreach (Peer peer in context.Peers.All)
        {
            if (peer is { Link: { } process, IsElsewhere: true, Status: MemberStatus.Up, Role: MemberRole.Node }
                && GoesOverTo(peer.View))
            {
                context.Send(process, new JoinRequest(ViewNumber.None, context.Settings.Role));
            }
        }
    }

    private void Start()
    {
        context.IsGoingOver = true;
        heartbeats.ReportPermission();
        offers.Begin();
    }

    /// <summary>
    /// The others went on without this process; their view is of the same lineage, so no removal is news.
    /// </summary>
    private void PrepareToJoin()
    {
        if (offers.AreDone && !offers.AreAllTaken())
        {
            offers.Gather();
        }

        Peer? sponsor = context.Peers.All.FirstOrDefault(
            peer => ServesHere(peer) && !context.Peers.IsSilent(peer, context.Now));
        offers.AimAt(sponsor?.Link ?? default, home: null);
    }

    private void Stop()
    {
        context.IsGoingOver = false;
        offers.Stop();
    }

    private void GoOver(View view)
    {
        int sessions = offers.Taken;
        Stop();
        _home = null;
        learner.GoOver(view);
        context.Report(new SidesReunited(view, sessions));
    }
}
