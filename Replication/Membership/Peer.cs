namespace SessionCluster.Replication.Membership;

/// <summary>What this node knows of one configured peer.</summary>
internal sealed partial class Peer(ConfiguredPeer configured, Instant started)
{
    public NodeId Node { get; } = configured.Node;

    public MemberRole Role { get; set; } = configured.Role;

    /// <summary>The process at the other end of the connection, while one stands.</summary>
    public Member? Link { get; private set; }

    /// <summary>
    /// Whether a later process of this name is known of: the other end of the connection is dead, and what still comes
    /// from there was under way.
    /// </summary>
    public bool IsSucceeded => Link is { } link && link.Incarnation < _newestIncarnation;

    /// <summary>
    /// The latest view of which it was told on the present connection that this process lacks the map.
    /// </summary>
    public long ToldToLackMapOf { get; set; }

    /// <summary>The times of the process that was connected last; all 0 where it has not said them.</summary>
    public MemberTimes Times { get; private set; }

    /// <summary>Since when the present connection stands.</summary>
    public Instant LinkedSince { get; private set; }

    /// <summary>When anything was last heard of it.</summary>
    public Instant LastHeard { get; set; } = started;

    /// <summary>Whether its host refused the latest connection, and none has stood since.</summary>
    public bool Refused { get; private set; }

    /// <summary>When its host refused a connection last.</summary>
    public Instant RefusedAt { get; private set; }

    /// <summary>When it did not accept this process last, and no connection has stood since.</summary>
    public Instant? RejectedAt { get; set; }

    /// <summary>All its processes up to this incarnation are proven dead.</summary>
    public long DeadUpTo { get; private set; } = -1;

    /// <summary>When that was proven.</summary>
    public Instant DiedAt { get; private set; }

    /// <summary>
    /// Whether this node had a lease of it until then: so it cannot have decided anything without this node by calling
    /// it silent.
    /// </summary>
    public bool DiedInTouch { get; private set; }

    /// <summary>
    /// The view after which it has attempted the next one with this node's promise, so that it may have decided that
    /// with others.
    /// </summary>
    public long AttemptedAfter { get; set; } = -1;

    /// <summary>
    /// The latest view that its processes have named: they had gone on to that, or knew who had, before they died.
    /// </summary>
    public long NamedView { get; private set; }

    /// <summary>All its processes up to this incarnation have left.</summary>
    public long LeftUpTo { get; private set; } = -1;

    /// <summary>When it said farewell last; <see cref="Instant.Never"/> if it never did.</summary>
    public Instant LeftAt { get; private set; } = Instant.Never;

    /// <summary>Whether it has sent a heartbeat on the present connection.</summary>
    public bool HasReported { get; private set; }

    /// <summary>The view that it reported.</summary>
    public long View { get; private set; }

    /// <summary>
    /// The view from which its process has begun anew, as its reports show: it reported that one, or named it, and no
    /// view since; 0 where they do not.
    /// </summary>
    public long BegunAnewFrom { get; private set; }

    /// <summary>What it reported to do.</summary>
    public MemberStatus Status { get; private set; }

    /// <summary>Whether it has said that it leaves, and not since that it stays: it may lack a view's map meanwhile.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>The bytes of its copies: as it reported, and as this node has given it since.</summary>
    public long BytesHeld { get; set; }

    /// <summary>The digest of its location map, as reported.</summary>
    public ulong MapDigest { get; private set; }

    /// <summary>Whom it has reported not to hear, of the members and of the absent.</summary>
    public IReadOnlyList<NodeId> Suspects { get; private set; } = [];

    /// <summary>
    /// Since when its digest differs from this node's; <see cref="Instant.Never"/> while it does not.
    /// </summary>
    public Instant DigestDiffersSince { get; set; } = Instant.Never;

    /// <summary>The buckets in which its map differed when they were compared last, in order.</summary>
    public List<int> DifferingBuckets { get; set; } = [];

    /// <summary>
    /// The parts, a bit each, in which what it has of this node's sessions was not what it had acknowledged when that
    /// was compared last.
    /// </summary>
    public int DifferingCopies { get; set; }

    /// <summary>The newest of this node's heartbeats that it has answered, on this node's clock.</summary>
    public Instant? GrantedAt { get; set; }

    /// <summary>When this node last acknowledged a heartbeat of it, so that its lease may last from there.</summary>
    public Instant? LeaseGivenAt { get; set; }

    /// <summary>
    /// The time in its newest heartbeat on the present connection, on its clock; not acknowledged yet.
    /// </summary>
    public Instant? Unanswered { get; set; }

    /// <summary>The time in its newest heartbeat on the present connection, on its clock.</summary>
    public Instant? SaidAt { get; set; }

    /// <summary>When a page of a location map went to it last, or came from it.</summary>
    public Instant PageAt { get; set; } = Instant.Zero;

    /// <summary>
    /// Since when it reports a view of another lineage than this node's; <see cref="Instant.Never"/> while not. What
    /// its process has said last counts, also while there is no connection to it.
    /// </summary>
    public Instant ElsewhereSince { get; private set; } = Instant.Never;

    /// <summary>
    /// Whether it lives in another lineage: what it says of sessions is not said in this node's view.
    /// </summary>
    public bool IsElsewhere => ElsewhereSince != Instant.Never;

    /// <summary>Whether its silence was reported.</summary>
    public bool Suspected { get; set; }

    /// <summary>Whether it kept a commit waiting for too long, and has not been heard since.</summary>
    public bool Unresponsive { get; set; }

    private long _newestIncarnation = -1;
    private Instant _learnedAt;
    private long _unknownView;
    private Instant _askedAt;

    public void LinkUp(LinkUp up, Instant now, TimeSpan lease)
    {
        Member process = up.Peer;
        if (process.Incarnation > _newestIncarnation && _newestIncarnation > DeadUpTo)
        {
            NoteDeath(now, lease);
        }

        if (process.Incarnation > _newestIncarnation)
        {
            (View, BegunAnewFrom, ElsewhereSince, IsLeaving) = (0, 0, Instant.Never, false);
        }

        Link = process;
        LinkedSince = now;
        Role = up.Role;
        Times = up.Times;
        Refused = false;
        HasReported = false;
        ToldToLackMapOf = 0;
        _unknownView = 0;
        LastHeard = now;
        Learn(process.Incarnation, now);
        DeadUpTo = Math.Max(DeadUpTo, process.Incarnation - 1);
        DifferingCopies = 0;
        GrantedAt = null;
        Unanswered = null;
        SaidAt = null;
        RejectedAt = null;
    }

    public void LinkDown()
    {
        Link = null;
        HasReported = false;
    }

    /// <summary>Notes that a process exists, from whatever source.</summary>
    public void Learn(long incarnation, Instant now)
    {
        if (incarnation > _newestIncarnation)
        {
            _newestIncarnation = incarnation;
            _learnedAt = now;
        }
    }

    /// <summary>
    /// The host refuses connections: whoever listened there is dead. A process that was heard of only just now may have
    /// started after the refusal, so it is spared until the next one.
    /// </summary>
    /// <returns>Whether a process was proven dead by it.</returns>
    public bool Refuse(Instant now, TimeSpan newcomer, TimeSpan lease)
    {
        if (Link is not null || (_newestIncarnation > DeadUpTo && now - _learnedAt < newcomer))
        {
            Refused = false;
            return false;
        }

        Refused = true;
        RefusedAt = now;
        if (_newestIncarnation <= DeadUpTo)
        {
            return false;
        }

        DeadUpTo = _newestIncarnation;
        NoteDeath(now, lease);
        return true;
    }

    /// <summary>
    /// Another member has proven that a process is dead. What is still under way from it does not count any more.
    /// </summary>
    /// <returns>Whether that is news.</returns>
    public bool Bury(long incarnation, Instant now, TimeSpan lease)
    {
        if (incarnation <= DeadUpTo)
        {
            return false;
        }

        Learn(incarnation, now);
        DeadUpTo = incarnation;
        NoteDeath(now, lease);
        if (Link is { } link && link.Incarnation <= incarnation)
        {
            LinkDown();
        }

        return true;
    }

    public bool HasLeft(long incarnation) => incarnation > DeadUpTo && incarnation <= LeftUpTo;

    public void Leave(long incarnation, Instant now)
    {
        LeftUpTo = Math.Max(LeftUpTo, incarnation);
        LeftAt = now;
    }

    private void NoteDeath(Instant now, TimeSpan lease)
    {
        DiedAt = now;
        (View, ElsewhereSince) = (0, Instant.Never);
        DiedInTouch = GrantedAt is { } granted && now - granted < lease;
    }

    /// <summary>Whether a process of this peer is gone for good, by proof or by its own farewell.</summary>
    public bool IsGone(long incarnation) =>
        incarnation == 0 ? Refused : incarnation <= DeadUpTo || incarnation <= LeftUpTo;
}
