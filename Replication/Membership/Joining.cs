using SessionCluster.Replication.Protocol;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Membership;

/// <summary>
/// How a process that is not in the view gets there: it copies the location map of a member, and then asks all members
/// to be included. A process that was excluded keeps its copies meanwhile, and serves none of them.
/// </summary>
internal sealed class Joining(NodeContext context, MapSync sync)
{
    private Instant _nextAttemptAt;
    private long _request;

    /// <summary>What was asked for up to this one was asked for in an earlier view.</summary>
    private long _outdated;
    private Instant? _nobodyHelpsSince;

    /// <summary>Whether others have taken all that this process has and they may lack.</summary>
    public required Func<bool> MayJoin { get; init; }

    /// <summary>Called for each session that ended with the cluster that this process wanted to join.</summary>
    public required Action<SessionId> Lost { get; init; }

    public void Tick()
    {
        if (IsClusterGone())
        {
            BeginAnew();
        }

        if (context.Views.IsMember || HasOnlyToGo() || context.Now < _nextAttemptAt || !MayJoin())
        {
            return;
        }

        _nextAttemptAt = context.Now + context.Settings.HeartbeatInterval;
        if (!sync.IsBusy && Sponsor() is { } sponsor)
        {
            context.Send(sponsor, new MapDigestsRequest(++_request));
        }
    }

    /// <summary>
    /// Whether this process leaves, and has nothing that others may lack. One that was excluded while it left comes
    /// back once more: it cannot know what of its copies the others have, and they wait for it where they have none.
    /// </summary>
    private bool HasOnlyToGo() =>
        context.Status == MemberStatus.Leaving && context.Map.PrimaryCount + context.Map.BackupCount == 0;

    /// <summary>Tries at once; the view has just turned out to be without this process.</summary>
    public void Hurry()
    {
        _nextAttemptAt = context.Now;
        _outdated = _request;
    }

    public void Receive(Member from, MapDigestsRequest request)
    {
        if (context.Views.IsServing)
        {
            // A newcomer may be the one that others bring a session to which has ended here before.
            bool needsEnds = context.Settings.ServesDivided && !context.Views.Current.Contains(from);
            context.Send(from, new MapDigests(
                request.Request,
                context.Views.Current.Number,
                needsEnds ? context.Map.CopyDigestsWithEnds() : context.Map.CopyDigests()));
        }
    }

    /// <summary>
    /// Whether the configurations name each other here and there. While a node is added on one member after the other it
    /// waits until all have it: those who have it not would never hear it, nor what it leads.
    /// </summary>
    private bool KnowEachOther(ViewMember member) =>
        context.Peers.IsGone(member.Member)
        || (context.Peers.IsNamed(member.Member.Node)
            && (context.Peers.Find(member.Member.Node)?.RejectedAt is not { } rejectedAt
                || context.Now - rejectedAt > context.Times.FoundingPatience));

    /// <returns>Whether the digests were asked for here.</returns>
    public bool TryReceive(Member from, MapDigests digests)
    {
        // It asks more often than an answer over a slow way takes; so any of its questions will do.
        if (context.Views.IsMember || sync.IsBusy || digests.Request <= _outdated || digests.Request > _request
            || !ViewNumber.AreRelated(digests.View, context.Views.Current.Number))
        {
            return false;
        }

        sync.Pull(from, digests.Digests, PullMode.Replace, pull => AskToJoin(digests.View, pull.IsComplete));
        return true;
    }

    private void AskToJoin(long view, bool came)
    {
        // The digests may have been asked for while it was a member, and the others have taken nothing since.
        if (!came || context.Views.IsMember || !MayJoin() || !context.Views.Current.Members.All(KnowEachOther))
        {
            return;
        }

        foreach (Peer peer in context.Peers.All)
        {
            if (peer.Link is { } process)
            {
                context.Send(process, new JoinRequest(view, context.Settings.Role));
            }
        }
    }

    /// <summary>
    /// Every other member of the latest view is proven dead, or has left, or has begun anew itself; and this process is
    /// not a member, or never got the map that the view began with.
    /// </summary>
    /// <remarks>
    /// A member that lives and does not know of the view has not its map either, and nobody is left who could tell it.
    /// But the news may still be under way from one that has just died, so it gets a while. So does who has not said
    /// since where it lives: the dead may have gone on with it; and who may not have heard yet that it is a member.
    /// </remarks>
    private bool IsClusterGone()
    {
        if (context.Views.Current.Number == 0 || (context.Views.IsMember && context.Views.IsActive)
            || context.Peers.All.Any(MayLiveInLaterView)
            || !context.Views.Current.Members.All(member => IsNoHelp(member.Member)))
        {
            _nobodyHelpsSince = null;
            return false;
        }

        _nobodyHelpsSince ??= context.Now;
        return context.Now - Instant.Max(_nobodyHelpsSince.Value, context.Peers.AwakeSince)
            > context.Times.FoundingPatience
            || (!context.Views.Current.Members.Any(
                member => LivesInEarlierView(member.Member) || LacksTheMapToo(member.Member)
                    || MayNotKnowOfViewYet(member.Member)) && HasEverybodySpoken());
    }

    /// <summary>
    /// Whether each configured peer says where it lives, or its host has refused since the last death in the view.
    /// </summary>
    private bool HasEverybodySpoken()
    {
        Instant latest = Instant.Zero;
        foreach (ref readonly ViewMember member in context.Views.Current.Span)
        {
            latest = Instant.Max(latest, context.Peers.Find(member.Member.Node)?.DiedAt ?? Instant.Zero);
        }

        return context.Peers.All.All(peer => peer.Link is null
            ? peer.Refused && peer.RefusedAt >= latest
            : peer.HasReported && IsHeard(peer));
    }

    private bool IsNoHelp(Member member) =>
        member == context.Self || context.Peers.IsGone(member) || HasBegunAnew(member) || LivesInEarlierView(member)
        || LacksTheMapToo(member) || !context.Peers.IsNamed(member.Node);

    private bool HasBegunAnew(Member member) =>
        context.Peers.Find(member.Node) is { HasReported: true, View: 0 } peer && peer.Link == member && IsHeard(peer);

    /// <summary>
    /// Whether a member reports to be in no view, but was never seen in this one: what it has said last may be from
    /// before it heard that it is a member, and it may have the map.
    /// </summary>
    private bool MayNotKnowOfViewYet(Member member) => HasBegunAnew(member)
        && context.Peers.Find(member.Node) is { } peer
        && (peer.BegunAnewFrom == 0 || ViewNumber.IsLater(context.Views.Current.Number, peer.BegunAnewFrom));

    /// <summary>Whether a member has heard of the view as this one has, and waits for its map like this one.</summary>
    private bool LacksTheMapToo(Member member) =>
        context.Peers.Find(member.Node) is { HasReported: true, Status: MemberStatus.Joining } peer
        && peer.Link == member && peer.View == context.Views.Current.Number;

    private bool LivesInEarlierView(Member member) =>
        context.Peers.Find(member.Node) is { HasReported: true, View: > 0 } peer
        && peer.Link == member && !context.Peers.IsGone(member) && IsHeard(peer)
        && ViewNumber.IsLater(context.Views.Current.Number, peer.View);

    /// <summary>
    /// Whether a peer, in the view or not, has gone on to a later one, or is about to say where it is: there may be a
    /// cluster to join, and what this process holds may be needed there.
    /// </summary>
    private bool MayLiveInLaterView(Peer peer) =>
        peer.Link is not null && IsHeard(peer)
        && (!peer.HasReported || ViewNumber.IsLater(peer.View, context.Views.Current.Number));

    /// <summary>What one that fell silent has said last may not be so any more.</summary>
    private bool IsHeard(Peer peer) => !context.Peers.IsUnheard(peer, context.Now);

    /// <summary>
    /// There is nobody left to join. What this process holds of sessions may be older than what the dead have answered,
    /// so it serves none of it: those sessions are lost, and it is fresh again.
    /// </summary>
    private void BeginAnew()
    {
        sync.Clear();
        int lost = 0;
        foreach ((SessionId session, Location location) in context.Map.All().ToArray())
        {
            if (location.IsRecorded && location.Placement!.IsAlive)
            {
                context.Map.Record(session, new Configuration(location.Counter + 1, Placement.Lost));
                lost++;
            }

            Lost(session);
        }

        context.Views.BeginAnew();
        if (lost > 0)
        {
            context.Report(new SessionsLost(lost, IsReporter: true));
        }
    }

    /// <summary>
    /// Whose map is copied: that of whoever is in the latest view. One that leaves is as good as any where nobody else is
    /// left, and waits for this process to take over what it has.
    /// </summary>
    private Member? Sponsor()
    {
        Peer? sponsor = null;
        foreach (Peer peer in context.Peers.All)
        {
            if (peer is { Link: not null, HasReported: true, IsElsewhere: false, View: > 0 }
                && peer.Status is MemberStatus.Up or MemberStatus.Leaving
                && (sponsor is null || IsBetter(peer, sponsor)))
            {
                sponsor = peer;
            }
        }

        return sponsor?.Link;
    }

    private static bool IsBetter(Peer peer, Peer than) => peer.View != than.View
        ? peer.View > than.View
        : peer.Status == MemberStatus.Up && than.Status != MemberStatus.Up;
}
