namespace SessionCluster.Replication.Membership;

/// <summary>
/// Says that this node lives, notes that the others do, and keeps the lease: a heartbeat that a quorum has acknowledged
/// permits to serve, as none of them will vote this node out before its silence is over.
/// </summary>
internal sealed class Heartbeats(NodeContext context)
{
    private Instant _nextAt = context.Now;
    private Instant _leaseUntil = Instant.Zero;
    private bool _hadPermission;

    public Instant NextAt => _nextAt;

    public bool HasPermission(Instant now) =>
        !context.Settings.Replicates || (context.Views.IsServing && now < _leaseUntil);

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
        foreach (Peer peer in context.Peers.All)
        {
            if (peer.Link is { } process)
            {
                SendTo(process);
            }
        }
    }

    public void SendTo(Member process) =>
        context.Send(process, new Heartbeat(
            context.Views.Current.Number, context.Status, context.Now, context.Map.CopyBytes, context.Map.Root, Suspects()));

    private NodeId[] Suspects() =>
    [
        .. context.Views.Current.Members.Select(static member => member.Member.Node)
            .Where(node => context.Peers.IsSilent(node, context.Now)),
    ];

    public void Receive(Peer peer, Member from, Heartbeat heartbeat)
    {
        peer.Report(heartbeat);
        if (context.Views.Includes(from) && !context.Views.PromisedSilent.Contains(from) && context.Views.IsActive)
        {
            context.Send(from, new HeartbeatAcknowledged(context.Views.Current.Number, heartbeat.SentAt));
        }
    }

    public void Receive(Peer peer, HeartbeatAcknowledged acknowledged)
    {
        if (acknowledged.SentAt <= context.Now && acknowledged.SentAt > (peer.GrantedAt ?? Instant.Zero))
        {
            peer.GrantedAt = acknowledged.SentAt;
            RenewLease();
        }
    }

    /// <summary>Computes until when a quorum's grants last; called when a grant or the view has changed.</summary>
    public void RenewLease()
    {
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
