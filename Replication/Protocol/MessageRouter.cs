using System.Diagnostics;
using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication.Protocol;

/// <summary>Gives each message to its one handler.</summary>
internal sealed class MessageRouter(
    NodeContext context,
    Heartbeats heartbeats,
    MapSync sync,
    Admissions admissions,
    ViewProposer proposer,
    ViewAcceptor acceptor,
    ViewLearner learner,
    Joining joining)
{
    public required Recorder Recorder { get; init; }

    public required Replicator Replicator { get; init; }

    public required BackupKeeper Keeper { get; init; }

    public required Follower Follower { get; init; }

    public required TakeOvers TakeOvers { get; init; }

    public required HandOvers HandOvers { get; init; }

    public required Locator Locator { get; init; }

    public required Requests Requests { get; init; }

    public required Repair Repair { get; init; }

    public required CopyComparison Copies { get; init; }

    public required HandIns HandIns { get; init; }

    public required HandInOffers Offers { get; init; }

    public required Reunion Reunion { get; init; }

    public required EarlyMessages Early { get; init; }

    public void Receive(Member from, Message message)
    {
        if (context.HasLeft || context.Peers.Find(from.Node) is not { IsSucceeded: false } peer
            || peer.Link != from)
        {
            return;
        }

        peer.LastHeard = context.Now;
        peer.Unresponsive = false;
        if (message is Heartbeat or HeartbeatAcknowledged)
        {
            // By far the most messages; what follows is about others.
            ReceiveMembership(peer, from, message);
            return;
        }

        if (Early.TryKeep(from, message) || IsOfAnotherSide(peer, message))
        {
            return;
        }

        if (!ReceiveSession(from, message) && !ReceiveMap(from, message) && !ReceiveHandIn(from, message))
        {
            ReceiveMembership(peer, from, message);
        }
    }

    /// <summary>
    /// What a member of another lineage says of sessions is not said in this one; and whoever goes over leaves what it
    /// has as it is.
    /// </summary>
    private bool IsOfAnotherSide(Peer peer, Message message) =>
        (peer.IsElsewhere || context.IsGoingOver)
        && message is Replicate or Replicated or NeedFull or Stale or Touched or CopyDigests
            or TakeOver or HandOver or Moved
            or ForwardCommit or ForwardedCommit or ReturnedCommit
            or RecordLocations or LocationsRecorded or Locate or Located;

    private bool ReceiveHandIn(Member from, Message message)
    {
        switch (message)
        {
            case HandIn given: HandIns.Receive(from, given); return true;
            case HandedIn answer: Offers.Receive(from, answer); return true;
            default: return false;
        }
    }

    /// <summary>A view has begun here: what others have said in it already is heard now.</summary>
    public void ReceiveEarly()
    {
        while (Early.TryTake(out Member from, out Message? message))
        {
            if (context.Peers.IsLinked(from) && !ReceiveSession(from, message))
            {
                ReceiveMap(from, message);
            }
        }
    }

    private bool ReceiveSession(Member from, Message message)
    {
        switch (message)
        {
            case Replicate replicate: Keeper.Receive(from, replicate); return true;
            case Replicated replicated: Replicator.Receive(from, replicated); return true;
            case NeedFull need: Replicator.Receive(from, need); return true;
            case Stale stale: Follower.Receive(from, stale); return true;
            case Touched touched: Keeper.Receive(from, touched); return true;
            case CopyDigests digests: Copies.Receive(from, digests); return true;
            case TakeOver takeOver: HandOvers.Receive(from, takeOver); return true;
            case HandOver handOver: TakeOvers.Receive(handOver); return true;
            case Moved moved: TakeOvers.Receive(from, moved); return true;
            case ForwardCommit forward: ReceiveForward(from, forward); return true;
            case ForwardedCommit forwarded: Requests.Receive(from, forwarded); return true;
            case ReturnedCommit returned: Requests.Receive(from, returned); return true;
            default: return false;
        }
    }

    private bool ReceiveMap(Member from, Message message)
    {
        switch (message)
        {
            case RecordLocations records: Follower.Receive(from, records); return true;
            case LocationsRecorded recorded: Recorder.Receive(from, recorded); return true;
            case Locate locate: Locator.Receive(from, locate); return true;
            case Located located: Locator.Receive(from, located); return true;
            case MapDigestsRequest request: joining.Receive(from, request); return true;
            case MapDigests digests:
                if (!joining.TryReceive(from, digests))
                {
                    Repair.Receive(from, digests);
                }

                return true;
            case MapPageRequest request: sync.Receive(from, request); return true;
            case MapPage page: sync.Receive(from, page); return true;
            default: return false;
        }
    }

    private void ReceiveMembership(Peer peer, Member from, Message message)
    {
        switch (message)
        {
            case Heartbeat heartbeat:
                ReceiveHeartbeat(peer, from, heartbeat);
                break;
            case HeartbeatAcknowledged acknowledged:
                heartbeats.Receive(peer, acknowledged);
                Requests.ResumeAllIfPermitted(heartbeats.HasPermission(context.Now));
                break;
            case JoinRequest join when join.View == ViewNumber.None
                || !ViewNumber.AreRelated(join.View, context.Views.Current.Number):
                if (heartbeats.HasPermission(context.Now))
                {
                    learner.SendInstall(from);
                }

                break;
            case JoinRequest join:
                peer.NoteView(join.View);
                admissions.Receive(from, join);
                proposer.Tick();
                break;
            case Farewell:
                peer.Leave(from.Incarnation, context.Now);
                context.Report(new MemberLeft(from));
                proposer.Tick();
                break;
            case DeathNotice notice: ReceiveDeath(notice.Process); break;
            case ViewPrepare prepare: acceptor.Receive(from, prepare); break;
            case ViewPromise promise: proposer.Receive(from, promise); break;
            case ViewRefused refused: proposer.Receive(from, refused); break;
            case ViewAccept accept: acceptor.Receive(from, accept); break;
            case ViewAccepted accepted: proposer.Receive(from, accepted); break;
            case ViewInstall install: learner.Receive(from, install); break;
            default: throw new UnreachableException($"Unknown message {message.GetType().Name}.");
        }
    }

    private void ReceiveDeath(Member process)
    {
        if (process.Node != context.Self.Node
            && context.Peers.Find(process.Node) is { } peer
            && peer.Bury(process.Incarnation, context.Now, context.Settings.LeaseDuration))
        {
            context.Report(new MemberDied(process));
            proposer.Tick();
        }
    }

    private void ReceiveHeartbeat(Peer peer, Member from, Heartbeat heartbeat)
    {
        bool isFirst = !peer.HasReported;
        bool wasLeaving = !isFirst && peer.IsLeaving;
        heartbeats.Receive(peer, from, heartbeat);
        Requests.ResumeAllIfPermitted(heartbeats.HasPermission(context.Now));
        Repair.Receive(peer, heartbeat);
        if (peer.IsLeaving && !wasLeaving)
        {
            context.Report(new MemberLeaving(from));
        }
        else if (wasLeaving && !peer.IsLeaving)
        {
            context.Report(new MemberStays(from));
        }

        if (ViewNumber.IsLater(context.Views.Current.Number, heartbeat.View)
            || IsLate(peer, from) || IsStuck(from, heartbeat) || IsOfAnotherCluster(from, heartbeat))
        {
            learner.SendInstall(from);
        }

        if (peer.IsElsewhere)
        {
            Reunion.Noticed();
        }

        if (isFirst)
        {
            // What this node had to forward to it has waited for that.
            Requests.ResumeAll();
            joining.Tick();
            proposer.Tick();
        }
    }

    /// <summary>A member of the view that does not know yet that its group has gone on by itself.</summary>
    private bool IsLate(Peer peer, Member from) => peer.IsElsewhere && context.Views.Current.Contains(from);

    /// <summary>
    /// A member of the view that has not its map yet, or does not know that it has: whoever it copied from may have
    /// died.
    /// </summary>
    private bool IsStuck(Member from, Heartbeat heartbeat) =>
        heartbeat.View == context.Views.Current.Number
        && heartbeat.Status != MemberStatus.Up
        && (heartbeat.Status == MemberStatus.Joining || heartbeat.MapDigest != context.Map.Root)
        && context.Views.Current.Contains(from);

    /// <summary>
    /// Two clusters that were founded out of each other's sight have met, and count their views alike.
    /// </summary>
    private bool IsOfAnotherCluster(Member from, Heartbeat heartbeat) =>
        heartbeat.View == context.Views.Current.Number
        && heartbeat.Status is MemberStatus.Up or MemberStatus.Leaving
        && !context.Views.Includes(from);

    /// <summary>
    /// Whether it has been under way for so long that its request may have been tried again, and the outcome forgotten.
    /// The sender did not hear this member meanwhile, or it would have named a later heartbeat.
    /// </summary>
    private bool IsTooOld(ForwardCommit forward) =>
        context.Now - forward.HeardAt > context.Settings.ForwardAgeMaximum;

    private void ReceiveForward(Member from, ForwardCommit forward)
    {
        if (context.Peers.Find(from.Node) is not { } peer || !peer.TakeForward(from, forward.Request))
        {
            return;
        }

        if (!context.Views.Current.Contains(from) || IsTooOld(forward))
        {
            // Who was excluded may have been stopped with this in its hand: nobody knows how old it is.
            context.Send(from, new ForwardedCommit(forward.Request, CommitResult.Unavailable, default));
            return;
        }

        SessionInput input = forward.Removes
            ? new RemoveSession(forward.Request, forward.Session)
            : new CommitSession(forward.Request, forward.Session, forward.Delta, Creates: false);
        Requests.Begin(new Sessions.SessionRequest(input, context.Now + context.Settings.CommitTimeout)
        {
            Asker = new Sessions.Asker(from),
        });
    }
}
