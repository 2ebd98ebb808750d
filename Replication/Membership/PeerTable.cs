namespace SessionCluster.Replication.Membership;

/// <summary>The configured peers, in the order of their names.</summary>
internal sealed class PeerTable
{
    private readonly List<Peer> _peers = [];
    private readonly ReplicationSettings _settings;

    public PeerTable(ReplicationSettings settings, Instant started)
    {
        _settings = settings;
        foreach (ConfiguredPeer configured in settings.Universe.OrderBy(static peer => peer.Node))
        {
            if (configured.Node != settings.Self.Node)
            {
                _peers.Add(new Peer(configured, started));
            }
        }
    }

    public IReadOnlyList<Peer> All => _peers;

    public Peer? Find(NodeId node)
    {
        foreach (Peer peer in _peers)
        {
            if (peer.Node == node)
            {
                return peer;
            }
        }

        return null;
    }

    public bool IsLinked(Member process) => Find(process.Node)?.Link == process;

    /// <summary>Whether a process is gone for good. The universe's unknown processes have incarnation 0.</summary>
    public bool IsGone(Member process) =>
        process.Node != _settings.Self.Node
            ? Find(process.Node)?.IsGone(process.Incarnation) ?? true
            : process.Incarnation != 0 && process.Incarnation < _settings.Self.Incarnation;

    /// <summary>Whether a peer has not been heard for the time that makes it suspect.</summary>
    public bool IsSilent(NodeId node, Instant now) =>
        node != _settings.Self.Node && Find(node) is { } peer && now - peer.LastHeard >= _settings.SuspectAfter;

    /// <summary>Whether a process cannot take part in a decision: it is not heard, or says that it does not hear this node.</summary>
    public bool IsAway(Member process, Instant now) =>
        process.Node != _settings.Self.Node
        && (IsSilent(process.Node, now) || Find(process.Node) is { } peer && peer.Suspects.Contains(_settings.Self.Node));

    /// <summary>Whether a backup may be placed there now.</summary>
    public bool IsEligible(ViewMember member, Instant now) =>
        member.Role == MemberRole.Node
        && Find(member.Member.Node) is { } peer
        && peer.Link == member.Member
        && peer is { HasReported: true, Status: not MemberStatus.Leaving, Unresponsive: false }
        && now - peer.LastHeard < _settings.SuspectAfter;
}
