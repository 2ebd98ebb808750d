using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>What nobody but a checker asks of a machine: how it stands to the rules of the protocol.</summary>
internal sealed class Inspection(NodeContext context, NodeParts parts)
{
    /// <summary>Whether this member has the map of its view, so that it may lead and tell what is recorded.</summary>
    public bool IsServing => context.Views.IsServing;

    /// <summary>Whether it has promised the next view, and records nothing more in this one.</summary>
    public bool IsSealed => context.Views.IsSealed;

    /// <summary>Since when it has promised the next view.</summary>
    public Instant SealedAt => context.Views.SealedAt;

    /// <summary>Its location map and copies, for scenarios that damage them.</summary>
    public LocationMap Map => context.Map;

    /// <summary>Whether it does not know yet that a quorum has recorded a batch.</summary>
    public bool IsRecording(long batch) => parts.IsRecording(batch);

    /// <summary>How many batches of records it keeps to say them again.</summary>
    public int BatchesKept => parts.BatchesKept;

    /// <summary>The digest of its location map.</summary>
    public ulong MapDigest => context.Map.Root;

    /// <summary>Since when it knows of its view.</summary>
    public Instant EnteredAt => context.Views.EnteredAt;

    /// <summary>Whom it has promised to exclude for silence.</summary>
    public IReadOnlyList<Member> PromisedSilent => context.Views.PromisedSilent;

    /// <summary>Who gets no lease from it.</summary>
    public IReadOnlyList<Member> WithoutLease => context.Views.WithoutLease;

    /// <summary>Whether it hears a process, and so must not agree to exclude it.</summary>
    public bool Hears(Member member) =>
        !context.Peers.IsGone(member) && !context.Peers.IsUnheard(member.Node, context.Now);

    /// <summary>
    /// Whether a member need not be waited for: it is gone, or one of the two does not hear the other.
    /// </summary>
    public bool MayDoWithout(Member member) =>
        context.Peers.IsGone(member) || context.Peers.IsAway(member, context.Now);

    /// <summary>Whether it would answer a request for the session at this time, as its primary.</summary>
    public bool Serves(SessionId session, Instant now) => !context.HasLeft
        && context.Map.CopyOf(session) is { IsPrimary: true, IsEffective: true } copy
        && copy.Work?.GivenAway is null
        && parts.Heartbeats.HasPermission(now);

    /// <summary>Whether there is a connection to a process.</summary>
    public bool IsLinked(Member member) => context.Peers.IsLinked(member);

    /// <summary>Whether a peer is connected, or nothing runs there as its host has said lately.</summary>
    public bool HasAnsweredOrRefused(NodeId node) => context.Peers.Find(node) is { } peer
        && (peer.Link is not null || context.Peers.IsRefused(peer, context.Now));

    /// <summary>Whether a peer has reported, when it was heard last, that it does not hear a node.</summary>
    public bool IsSuspectedBy(Member voter, NodeId suspect) =>
        context.Peers.Find(voter.Node) is { } peer && peer.Link == voter && peer.Suspects.Contains(suspect);

    /// <summary>Whether a quorum hears a process, as its members have said.</summary>
    public bool IsHeardByQuorum(Member member) =>
        context.Peers.IsHeardByQuorum(context.Views.Current, member, context.Now);

    /// <summary>Whether it has heard of a peer how that stands, and could give it what it has.</summary>
    public bool MayGiveTo(Member member) => context.Peers.Find(member.Node) is
        { Role: MemberRole.Node, HasReported: true, IsLeaving: false } peer && peer.Link == member;

    /// <summary>
    /// When a node was heard last to which there is no connection now; nothing where there is one, where its host has
    /// refused one, and where it has left.
    /// </summary>
    public Instant? MissedSince(NodeId node) => context.Peers.Find(node) is
        { Role: MemberRole.Node, Link: null, Refused: false } peer && peer.LeftAt == Instant.Never
            ? peer.LastHeard
            : null;

    /// <summary>Since when it gives away what it has, to leave.</summary>
    public Instant LeavingSince => parts.LeavingSince;

    /// <summary>Whether a process is gone for good, as this member knows.</summary>
    public bool IsGone(Member member) => context.Peers.IsGone(member);

    /// <summary>When a process has died, as this member knows; nothing where it lives or has left.</summary>
    public Instant? DeathOf(Member member) =>
        context.Peers.Find(member.Node) is { } peer && member.Incarnation <= peer.DeadUpTo ? peer.DiedAt : null;

    /// <summary>Whether it hears a quorum of its view, so that it must not go on without one.</summary>
    public bool HearsQuorum => IsServing && Quorum.IsHeard(
        context.Views.Current,
        member => member == context.Self || (context.Peers.IsLinked(member) && Hears(member)),
        context.Peers,
        context.Now);

    /// <summary>Whether it goes over to another side, and so serves nothing.</summary>
    public bool IsGoingOver => context.IsGoingOver;

    /// <summary>
    /// Whether all that it has is taken by those whom it would join, where sides may serve on their own.
    /// </summary>
    public bool MayJoin => parts.Reunion.MayJoin;

    /// <summary>Which request this member has forwarded under a number, and waits for what becomes of it.</summary>
    public long? RequestForwardedAs(long forward) => parts.RequestForwardedAs(forward);

    /// <summary>How many requests it has begun, and not let go, that a member has forwarded under a number.</summary>
    public int HeldOf(Member sender, long forward) => parts.HeldOf(sender, forward);

    /// <summary>Whether it waits for a session to merge what was handed in.</summary>
    public bool AwaitsSession(SessionId session) => parts.HandInRouting.AwaitsSession(session);

    /// <summary>How many holders a session of it should have now, itself included.</summary>
    public int DesiredHolders => parts.DesiredHolders;

    /// <summary>Whether it is about to do for another member what that has forwarded to it.</summary>
    public bool HoldsForwarded => parts.HoldsForwarded;

    /// <summary>The view that it has accepted as the next one.</summary>
    public View? AcceptedView => context.Views.AcceptedView;

    /// <summary>The attempt whose view that is.</summary>
    public Ballot AcceptedBallot => context.Views.Accepted;

    /// <summary>Whether it was told the session's end, and may be one of few.</summary>
    public bool MayStillLive(SessionId session) => parts.MayStillLive(session);

    /// <summary>Whether it waits for a quorum to record something of the session.</summary>
    public bool IsRecording(SessionId session) => parts.IsRecording(session);

    /// <summary>Whether it has the session's end recorded.</summary>
    public bool IsEnding(SessionId session) => context.Map.CopyOf(session)?.Work is { IsEnding: true };

    /// <summary>Whether it leads the session, and is giving it away.</summary>
    public bool IsGivenAway(SessionId session) => context.Map.CopyOf(session)?.Work is { GivenAway: not null };

    /// <summary>Whether it has commits of the session that not every holder has acknowledged.</summary>
    public bool HasCommitsUnderWay(SessionId session) => context.Map.CopyOf(session)?.Work is { Commits.Count: > 0 };

    /// <summary>Its copy of a session; nothing where it has none.</summary>
    public SessionCopy? CopyOf(SessionId session) => context.Map.CopyOf(session);

    /// <summary>All its copies.</summary>
    public IEnumerable<SessionCopy> Copies => context.Map.All()
        .Where(static known => known.Value.Copy is not null).Select(static known => known.Value.Copy!);

    /// <summary>Its copies of which something is under way.</summary>
    public IReadOnlyCollection<SessionCopy> Busy => parts.Busy;

    /// <summary>
    /// The configuration under which it backs the session up; nothing where it leads it or has no copy.
    /// </summary>
    public Configuration? FollowedBy(SessionId session) =>
        context.Map.CopyOf(session) is { IsPrimary: false } copy ? copy.Configuration : null;

    /// <summary>The change of the session's holders that is under way here.</summary>
    public HolderChange? ChangeOf(SessionId session) => context.Map.CopyOf(session)?.Work?.Change;
}
