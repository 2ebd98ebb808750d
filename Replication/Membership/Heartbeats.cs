namespace SessionCluster.Replication.Membership;

/// <summary>
/// Says that this node lives, notes that the others do, and keeps the lease: a heartbeat that a quorum has acknowledged
/// permits to serve, as none of them will vote this node out before its silence is over. Heartbeats acknowledge one
/// another; only where a lease would end before the next one is there an acknowledgement of its own.
/// </summary>
internal sealed class Heartbeats(NodeContext context)
{
    private Instant _nextAt = context.Now;
    private Instant _leaseUntil = Instant.Zero;
    private bool _isRenewable;
    private bool _hadPermission;

    public Instant NextAt => _nextAt;

    public bool HasPermission(Instant now) =>
        !context.Settings.Replicates || (!context.IsGoingOver && (context.Views.IsServing && LeaseLasts(now)));

    public void Tick()
    {
        if (context.Now >= _nextAt)
        {
            SendAll();
        }

        ReportPermission();
    }

    public void SendAll()
    {
        _nextAt = context.Now + context.Settings.HeartbeatInterval;
        NodeId[] suspects = Suspects();
        bool isUrgent = context.Settings.Replicates
            && !LeaseLasts(context.Now + context.Settings.HeartbeatInterval + (context.Settings.HeartbeatInterval / 4));
        foreach (Peer peer in context.Peers.All)
        {
            SendTo(peer, isUrgent, suspects);
        }
    }

    /// <summary>Tells a peer that has just been connected, or has to know at once.</summary>
    public void SendTo(Peer peer) => SendTo(peer, isUrgent: true, Suspects());

    private void SendTo(Peer peer, bool isUrgent, NodeId[] suspects)
    {
        if (peer.Link is not { } process)
        {
            return;
        }

        Instant? answers = MayGrant(peer, process) ? peer.Unanswered : null;
        peer.Unanswered = answers is null ? peer.Unanswered : null;
        context.Send(process, new Heartbeat(
            context.Views.Current.Number, context.Status, context.Now, context.Map.CopyBytes, context.Map.Root,
            answers, isUrgent, suspects));
    }

    private NodeId[] Suspects()
    {
        List<NodeId>? suspects = null;
        foreach (Peer peer in context.Peers.All)
        {
            if (context.Peers.IsUnheard(peer.Node, context.Now) && context.Views.Current.Find(peer.Node) is not null)
            {
                (suspects ??= []).Add(peer.Node);
            }
        }

        return suspects?.ToArray() ?? [];
    }

    public void Receive(Peer peer, Member from, Heartbeat heartbeat)
    {
        peer.Report(heartbeat);
        peer.CompareView(context.Views.Current.Number, context.Now);
        peer.Unanswered = heartbeat.SentAt;
        if (heartbeat.Answers is { } answered)
        {
            NoteGrant(peer, answered);
        }

        if (heartbeat.IsUrgent && MayGrant(peer, from))
        {
            peer.Unanswered = null;
            context.Send(from, new HeartbeatAcknowledged(context.Views.Current.Number, heartbeat.SentAt));
        }
    }

    public void Receive(Peer peer, HeartbeatAcknowledged acknowledged) => NoteGrant(peer, acknowledged.SentAt);

    private bool MayGrant(Peer peer, Member process) =>
        context.Views.IsActive && !peer.IsElsewhere && context.Views.Includes(process) && !context.Views.PromisedSilent.Contains(process);

    private void NoteGrant(Peer peer, Instant sentAt)
    {
        if (sentAt <= context.Now && sentAt > (peer.GrantedAt ?? Instant.Zero))
        {
            peer.GrantedAt = sentAt;
            _isRenewable = true;
        }
    }

    /// <summary>Grants come often and are asked for seldom: what they are worth is computed when the old ones no longer do.</summary>
    private bool LeaseLasts(Instant time)
    {
        if (time >= _leaseUntil && _isRenewable)
        {
            RenewLease();
        }

        return time < _leaseUntil;
    }

    /// <summary>Computes until when a quorum's grants last; called at once when the view has changed.</summary>
    public void RenewLease()
    {
        _isRenewable = false;
        View view = context.Views.Current;
        List<Instant> ends = [];
        foreach (ViewMember member in view.Members)
        {
            ends.Add(GrantedUntil(member.Member));
        }

        ends.Sort(static (left, right) => right.CompareTo(left));
        _leaseUntil = Instant.Zero;
        foreach (Instant end in ends)
        {
            if (Quorum.IsReached(view, member => GrantedUntil(member) >= end, context.Peers.IsGone))
            {
                _leaseUntil = end;
                break;
            }
        }
    }

    public void ReportPermission()
    {
        bool hasPermission = HasPermission(context.Now);
        if (hasPermission != _hadPermission)
        {
            _hadPermission = hasPermission;
            context.Report(hasPermission ? new PermissionGained() : new PermissionLost());
        }
    }

    private Instant GrantedUntil(Member member)
    {
        if (member.Node == context.Self.Node)
        {
            return Instant.Never;
        }

        Peer? peer = context.Peers.Find(member.Node);
        return peer?.Link == member && peer.GrantedAt is { } granted
            ? granted + context.Settings.LeaseDuration
            : Instant.Zero;
    }
}
