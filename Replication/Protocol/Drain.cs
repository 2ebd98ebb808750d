using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// How a node leaves: it gives each of its sessions to a holder or to another member, waits until the others have moved
/// the backups that it keeps, says farewell, and holds and votes nothing any more.
/// </summary>
internal sealed class Drain(NodeContext context, HandOvers handOvers, Promotions promotions, BackupChooser chooser)
{
    /// <summary>After that it is seen whether what has arrived makes room for more.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly MapWalk _walk = new(context.Map, context.Settings.SessionsAtOnce);

    /// <summary>Tells the others that this node stays.</summary>
    public required Action Reconsidered { get; init; }

    /// <summary>Since when this node leaves.</summary>
    public Instant StartedAt { get; private set; }

    private int _handedOver;
    private bool _waitsForRoom;
    private Instant _nextAt;
    private bool _mayLeave;
    private bool _mayLose;
    private Instant? _emptySince;

    /// <summary>
    /// Whether leaving loses nothing as far as can be seen: this node has nothing, or somebody is there to take it.
    /// </summary>
    public bool IsPossible => HasNothing || chooser.DesiredHolders() > 1 || context.Peers.All.Any(IsPresent);

    /// <summary>When more is to be given away; with the next tick where nothing waits for room.</summary>
    public Instant NextAt => _waitsForRoom && CanHandOver ? _nextAt : Instant.Never;

    private bool CanHandOver => context is { Status: MemberStatus.Leaving, HasLeft: false }
        && context.Views is { IsServing: true, IsSealed: false } && chooser.DesiredHolders() > 1;

    private bool HasNothing => context.Map.PrimaryCount + context.Map.BackupCount == 0;

    public void Start(StartDrain start)
    {
        if (context.Status != MemberStatus.Leaving && start is { MayLeave: true, MayLose: false })
        {
            // It was given up before this word came, which is about that drain and begins no other.
            return;
        }

        _mayLeave |= start.MayLeave;
        _mayLose |= start.MayLose;
        if (context.Status != MemberStatus.Leaving)
        {
            context.Status = MemberStatus.Leaving;
            StartedAt = context.Now;
            _handedOver = context.Map.PrimaryCount + promotions.Count;
        }
    }

    public void Tick()
    {
        if (context.Status != MemberStatus.Leaving || context.HasLeft)
        {
            return;
        }

        Continue();
        bool isEmpty = !context.Views.IsSealed && HasNothing;
        bool isLast = !CanHandOver && !context.Peers.All.Any(MayTakeOver);
        if (isLast && !_mayLose && !HasNothing)
        {
            GiveUp();
            return;
        }

        if (!_mayLeave)
        {
            return;
        }

        _emptySince = isEmpty ? _emptySince ?? context.Now : null;
        if (isLast || (isEmpty && !context.Peers.All.Any(NeedsMap) && !IsVoteNeeded()))
        {
            Leave(context.Map.PrimaryCount + promotions.Count);
        }
    }

    /// <summary>Gives away as much as there is room for.</summary>
    public void Continue()
    {
        _waitsForRoom = false;
        if (CanHandOver && context.Map.PrimaryCount > 0)
        {
            GiveAwaySome();
        }
    }

    /// <summary>
    /// Whether a peer will take sessions soon, though it cannot now: it is joining, or was not heard for a moment. One
    /// that is silent altogether is waited for as long as at the founding, from when it was heard last; but not one that
    /// has left since this node began to: the whole cluster is ending.
    /// </summary>
    private bool MayTakeOver(Peer peer)
    {
        if (!context.Settings.Replicates || peer.Role != MemberRole.Node || peer.Refused)
        {
            return false;
        }

        bool isSilent = (peer.Link is null || !peer.HasReported)
            && (peer.LeftAt == Instant.Never || peer.LeftAt < StartedAt);
        Instant since = Instant.Max(StartedAt, peer.LastHeard);
        return IsPresent(peer) || (isSilent && context.Now - since < context.Times.FoundingPatience);
    }

    private bool IsPresent(Peer peer) =>
        context.Settings.Replicates && peer is
        {
            Role: MemberRole.Node, Refused: false, Link: not null, HasReported: true, IsLeaving: false,
        };

    /// <summary>Whether a member of the view has not yet its map, which it may have to copy from here.</summary>
    private bool NeedsMap(Peer peer) =>
        context.Views.IsServing
        && context.Now - StartedAt < context.Times.FoundingPatience
        && context.Views.Current.Find(peer.Node) is { } member
        && !context.Peers.IsGone(member.Member)
        && (peer.Link != member.Member
            || !HasEntered(peer, context.Views.Current.Number)
            || peer.Status == MemberStatus.Joining);

    /// <summary>Of whom was last heard that it lives in another lineage has not.</summary>
    private static bool HasEntered(Peer peer, long view) => peer.View == view || ViewNumber.IsLater(peer.View, view);

    /// <summary>
    /// Whether the others could not decide without this node, as another one has fallen silent just now: then they have
    /// to agree first to go on without that one.
    /// </summary>
    private bool IsVoteNeeded() =>
        context.Views.IsServing
        && context.Now - _emptySince < context.Times.FoundingPatience
        && !Quorum.MayDoWithout(context.Views.Current, context.Self, IsHeardNow, context.Peers);

    private bool IsHeardNow(Member member) =>
        context.Peers.Find(member.Node) is { } peer && peer.Link == member
        && context.Now - peer.LastHeard <= context.Settings.HeartbeatInterval * 2;

    /// <summary>
    /// Looks at all of them again and again, until none is left. Only so much is under way at once: more would wait to
    /// be sent, be sent again for want of an answer, and hold up the heartbeats behind it.
    /// </summary>
    private void GiveAwaySome()
    {
        long underWay = handOvers.BytesUnderWay;
        if (!_walk.IsUnderWay)
        {
            _walk.Begin();
        }

        foreach ((SessionId _, Location location) in _walk.Next().ToArray())
        {
            if (location.Copy is not { IsPrimary: true, IsEffective: true } copy
                || copy.Work is { GivenAway: not null } or { Claimants.Count: > 0 } or { IsEnding: true })
            {
                continue;
            }

            if (underWay >= context.Settings.ProtectionWindowBytes)
            {
                (_waitsForRoom, _nextAt) = (true, context.Now + Pause);
                return;
            }

            if (Heir(copy) is { } heir)
            {
                handOvers.Claim(copy, heir);
                underWay += copy.Work is { GivenAway: not null } ? copy.Bytes : 0;
            }
        }
    }

    private Member? Heir(SessionCopy copy)
    {
        foreach (Member holder in copy.Configuration.Placement.HolderSpan)
        {
            if (holder != context.Self && chooser.IsEligible(holder) && !context.Peers.IsAway(holder, context.Now))
            {
                return holder;
            }
        }

        // Who does not hear this node would not get it.
        IEnumerable<Member> others = context.Views.Current.Members.Select(static member => member.Member);
        List<Member> excepted = [context.Self, .. others.Where(member => context.Peers.IsAway(member, context.Now))];
        List<Member> chosen = chooser.Choose(copy.Session, 1, excepted, copy.State.Bytes);
        return chosen.Count > 0 ? chosen[0] : null;
    }

    /// <summary>Stays, as the process lives on: what only this node has is better served than lost.</summary>
    private void GiveUp()
    {
        _mayLeave = false;
        context.IsLeavingSoon = false;
        bool isMember = context.Views.IsServing || !context.Settings.Replicates;
        context.Status = isMember ? MemberStatus.Up : MemberStatus.Joining;
        context.Report(new DrainGivenUp(context.Map.PrimaryCount + context.Map.BackupCount));
        Reconsidered();
    }

    private void Leave(int unprotected)
    {
        context.HasLeft = true;
        foreach (Peer peer in context.Peers.All)
        {
            if (peer.Link is { } process)
            {
                context.Send(process, new Farewell());
            }
        }

        context.Report(new Drained(_handedOver, unprotected));
    }
}
