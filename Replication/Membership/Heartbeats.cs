namespace SessionCluster.Replication.Membership;

/// <summary>
/// Says that this node lives, notes that the others do, and keeps the lease: a heartbeat that a quorum has acknowledged
/// permits to serve, as none of them will vote this node out before its silence is over. Heartbeats acknowledge one
/// another; only where a lease would end before the next one is there an acknowledgement of its own.
/// </summary>
internal sealed class Heartbeats
{
    private static readonly Comparison<Instant> Descending = static (left, right) => right.CompareTo(left);

    private readonly NodeContext _context;
    private readonly List<Instant> _grants = [];
    private readonly Func<Member, bool> _hasGranted;
    private Instant _grantEnd;
    private Instant _nextAt;
    private Instant _leaseUntil = Instant.Zero;
    private bool _isRenewable;
    private bool _wasSealed;
    private bool _hadPermission;

    public Heartbeats(NodeContext context)
    {
        _context = context;
        _nextAt = context.Now;
        _hasGranted = member => GrantedUntil(member) >= _grantEnd;
    }

    public Instant NextAt => _nextAt;

    /// <summary>Whether they were sent in this step: what is sent to the same peers now costs no frame of its own.</summary>
    public bool HaveJustLeft => _nextAt == _context.Now + _context.Settings.HeartbeatInterval;

    public bool HasPermission(Instant now) =>
        !_context.Settings.Replicates || (!_context.IsGoingOver && _context.Views.IsServing && LeaseLasts(now));

    public void Tick()
    {
        if (_context.Now >= _nextAt)
        {
            SendAll();
        }

        ReportPermission();
    }

    public void SendAll()
    {
        _nextAt = _context.Now + _context.Settings.HeartbeatInterval;
        NodeId[] suspects = Suspects();
        bool isUrgent = _context.Settings.Replicates
            && !LeaseLasts(
                _context.Now + _context.Settings.HeartbeatInterval + (_context.Settings.HeartbeatInterval / 4));
        foreach (Peer peer in _context.Peers.All)
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
        peer.LeaseGivenAt = answers is null ? peer.LeaseGivenAt : _context.Now;
        MemberStatus status = _context.HeartbeatStatus;
        peer.ToldToLackMapOf = status == MemberStatus.Joining ? _context.Views.Current.Number : 0;
        _context.Outbox.SendHeartbeat(
            process, _context.Views.Current.Number, status, _context.Now, _context.Map.CopyBytes,
            _context.Map.Root, answers, isUrgent, suspects);
    }

    private NodeId[] Suspects()
    {
        List<NodeId>? suspects = null;
        foreach (Peer peer in _context.Peers.All)
        {
            if (_context.Peers.IsUnheard(peer, _context.Now) && IsOfInterest(peer.Node))
            {
                (suspects ??= []).Add(peer.Node);
            }
        }

        foreach (ref readonly ViewMember member in _context.Views.Current.Span)
        {
            if (!_context.Peers.IsNamed(member.Member.Node))
            {
                (suspects ??= []).Add(member.Member.Node);
            }
        }

        return suspects?.ToArray() ?? [];
    }

    /// <summary>Members, and those that may come back when a quorum hears them again.</summary>
    private bool IsOfInterest(NodeId node)
    {
        View view = _context.Views.Current;
        return view.Find(node) is not null || view.Absent.Any(member => member.Node == node);
    }

    public void Receive(Peer peer, Member from, Heartbeat heartbeat)
    {
        peer.Report(heartbeat);
        peer.CompareView(_context.Views.Current.Number, _context.Now);
        peer.Unanswered = heartbeat.SentAt;
        peer.SaidAt = heartbeat.SentAt;
        if (heartbeat.Answers is { } answered)
        {
            NoteGrant(peer, heartbeat.View, answered);
        }

        if (heartbeat.IsUrgent && MayGrant(peer, from))
        {
            peer.Unanswered = null;
            peer.LeaseGivenAt = _context.Now;
            _context.Send(from, new HeartbeatAcknowledged(_context.Views.Current.Number, heartbeat.SentAt));
        }
    }

    public void Receive(Peer peer, HeartbeatAcknowledged acknowledged) =>
        NoteGrant(peer, acknowledged.View, acknowledged.SentAt);

    /// <summary>
    /// Who has promised the next view grants nothing in this one, to anybody: the next one may have been decided, and
    /// may be followed by another before whoever is granted learns of either.
    /// </summary>
    private bool MayGrant(Peer peer, Member process) =>
        _context.Views is { IsActive: true, IsSealed: false } && !peer.IsElsewhere
        && _context.Views.Includes(process) && !_context.Views.WithoutLease.Contains(process)
        && !_context.Views.HeardByFew.Contains(process);

    /// <summary>Only who lives in the same view grants anything in it.</summary>
    private void NoteGrant(Peer peer, long view, Instant sentAt)
    {
        if (view == _context.Views.Current.Number && sentAt <= _context.Now
            && sentAt > (peer.GrantedAt ?? Instant.Zero))
        {
            peer.GrantedAt = sentAt;
            _isRenewable = true;
        }
    }

    /// <summary>
    /// Grants come often and are asked for seldom: what they are worth is computed when the old ones no longer do.
    /// </summary>
    private bool LeaseLasts(Instant time)
    {
        if (_wasSealed != _context.Views.IsSealed || (time >= _leaseUntil && _isRenewable))
        {
            RenewLease();
        }

        return time < _leaseUntil;
    }

    /// <summary>Computes until when a quorum's grants last; called at once when the view has changed.</summary>
    public void RenewLease()
    {
        _isRenewable = false;
        _wasSealed = _context.Views.IsSealed;
        View view = _context.Views.Current;
        _grants.Clear();
        foreach (ViewMember member in view.Span)
        {
            _grants.Add(GrantedUntil(member.Member));
        }

        _grants.Sort(Descending);
        _leaseUntil = Instant.Zero;
        foreach (Instant end in _grants)
        {
            _grantEnd = end;
            if (Quorum.MayServe(view, _hasGranted, _context.Peers, _context.Now))
            {
                _leaseUntil = end;
                break;
            }
        }
    }

    public void ReportPermission()
    {
        bool hasPermission = HasPermission(_context.Now);
        if (hasPermission != _hadPermission)
        {
            _hadPermission = hasPermission;
            _context.Report(hasPermission ? new PermissionGained() : new PermissionLost());
        }
    }

    private Instant GrantedUntil(Member member)
    {
        if (member.Node == _context.Self.Node)
        {
            // Like everybody else, this member grants nothing since it has promised the next view.
            return _wasSealed ? _context.Views.SealedAt + _context.Settings.LeaseDuration : Instant.Never;
        }

        Peer? peer = _context.Peers.Find(member.Node);
        return peer?.Link == member && peer.GrantedAt is { } granted
            ? granted + _context.Settings.LeaseDuration
            : Instant.Zero;
    }
}
