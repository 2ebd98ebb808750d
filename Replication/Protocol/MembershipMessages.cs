namespace SessionCluster.Replication;

/// <summary>"I am alive." Sent to every peer in each heartbeat interval.</summary>
/// <param name="View">The number of the sender's view.</param>
/// <param name="Status">What the sender does.</param>
/// <param name="SentAt">
/// The sender's own clock; comes back in the acknowledgement and renews the sender's lease.
/// </param>
/// <param name="BytesHeld">The bytes of all copies on the sender, for the choice of backups.</param>
/// <param name="MapDigest">The digest of the sender's location map.</param>
/// <param name="Answers">
/// The receiver's newest heartbeat that the sender acknowledges with this one, by the time in it; or nothing.
/// </param>
/// <param name="IsUrgent">
/// The sender's lease ends soon: it asks to be acknowledged at once, not with the next heartbeat.
/// </param>
/// <param name="Suspects">
/// Members that the sender has not heard for too long, and absent ones that it does not hear either.
/// </param>
public sealed record Heartbeat(
    long View,
    MemberStatus Status,
    Instant SentAt,
    long BytesHeld,
    ulong MapDigest,
    Instant? Answers,
    bool IsUrgent,
    IReadOnlyList<NodeId> Suspects) : Message
{
    /// <summary>The number of the sender's view.</summary>
    public long View { get; private set; } = View;

    /// <summary>What the sender does.</summary>
    public MemberStatus Status { get; private set; } = Status;

    /// <summary>When it was sent, on the sender's clock.</summary>
    public Instant SentAt { get; private set; } = SentAt;

    /// <summary>The bytes of all copies on the sender.</summary>
    public long BytesHeld { get; private set; } = BytesHeld;

    /// <summary>The digest of the sender's location map.</summary>
    public ulong MapDigest { get; private set; } = MapDigest;

    /// <summary>The receiver's newest heartbeat that is acknowledged, by the time in it; or nothing.</summary>
    public Instant? Answers { get; private set; } = Answers;

    /// <summary>Whether the sender asks to be acknowledged at once.</summary>
    public bool IsUrgent { get; private set; } = IsUrgent;

    /// <summary>Members, and absent ones, that the sender has not heard for too long.</summary>
    public IReadOnlyList<NodeId> Suspects { get; private set; } = Suspects;

    /// <summary>Makes another message of one that nobody needs any more.</summary>
    internal Heartbeat Become(
        long view,
        MemberStatus status,
        Instant sentAt,
        long bytesHeld,
        ulong mapDigest,
        Instant? answers,
        bool isUrgent,
        IReadOnlyList<NodeId> suspects)
    {
        (View, Status, SentAt, BytesHeld) = (view, status, sentAt, bytesHeld);
        (MapDigest, Answers, IsUrgent, Suspects) = (mapDigest, answers, isUrgent, suspects);
        return this;
    }
}

/// <summary>
/// Answers an urgent heartbeat; others are answered by the next heartbeat. The sender will not agree to exclude the
/// other by silence before its silence is over.
/// </summary>
/// <param name="View">The number of the view that both are in.</param>
/// <param name="SentAt">The time in the heartbeat that is answered.</param>
public sealed record HeartbeatAcknowledged(long View, Instant SentAt) : Message;

/// <summary>Asks to become a member of the next view; sent when the sender knows all locations.</summary>
/// <param name="View">
/// The view whose map the sender has copied; <see cref="long.MaxValue"/> where it lives in another lineage, and wants
/// to be told the receiver's view first.
/// </param>
/// <param name="Role">What the sender will do.</param>
public sealed record JoinRequest(long View, MemberRole Role) : Message;

/// <summary>"I leave, and have handed over what I held." The sender votes no more and holds nothing.</summary>
public sealed record Farewell : Message;

/// <summary>
/// A process is dead: the host has refused the sender's own dial. Who hears it need not find out; all act at the time
/// of the first who knows, and not of the last.
/// </summary>
/// <param name="Process">The process, and any before it of the same name.</param>
public sealed record DeathNotice(Member Process) : Message;

/// <summary>First half of the agreement on a view: promise me to follow no older attempt.</summary>
/// <param name="Number">The number of the view that is to be agreed.</param>
/// <param name="Ballot">The attempt.</param>
/// <param name="Silent">Whom the proposer would exclude for silence alone.</param>
public sealed record ViewPrepare(long Number, Ballot Ballot, IReadOnlyList<Member> Silent) : Message;

/// <summary>Agrees to <see cref="ViewPrepare"/>. The sender records nothing more in the old view.</summary>
/// <param name="Number">The number of the view that is to be agreed.</param>
/// <param name="Ballot">The attempt.</param>
/// <param name="AcceptedBallot">The newest attempt whose view the sender has accepted; the default when none.</param>
/// <param name="AcceptedView">The view of that attempt.</param>
/// <param name="Digests">The digests of the sender's location map.</param>
public sealed record ViewPromise(
    long Number, Ballot Ballot, Ballot AcceptedBallot, View? AcceptedView,
    IReadOnlyList<BucketDigest> Digests) : Message;

/// <summary>
/// Refuses an attempt: a higher one is known, or a member that it would exclude is heard here, and by a quorum.
/// </summary>
/// <param name="Number">The number of the view that was to be agreed.</param>
/// <param name="Ballot">The highest attempt known to the sender.</param>
public sealed record ViewRefused(long Number, Ballot Ballot) : Message;

/// <summary>Second half of the agreement: take this view, and these locations.</summary>
/// <param name="Ballot">The attempt.</param>
/// <param name="View">The next view.</param>
/// <param name="Digests">The digests of the map that the view begins with.</param>
public sealed record ViewAccept(Ballot Ballot, View View, IReadOnlyList<BucketDigest> Digests) : Message;

/// <summary>The sender has accepted the view, and its location map is the one that the view begins with.</summary>
/// <param name="Number">The number of the view.</param>
/// <param name="Ballot">The attempt.</param>
public sealed record ViewAccepted(long Number, Ballot Ballot) : Message;

/// <summary>The view is agreed. Also answers whoever shows that it lives in an older one.</summary>
/// <param name="View">The view.</param>
/// <param name="Digests">The digests of the sender's map.</param>
public sealed record ViewInstall(View View, IReadOnlyList<BucketDigest> Digests) : Message;

/// <summary>What a member does.</summary>
public enum MemberStatus
{
    /// <summary>Started, and not yet a member of an agreed view.</summary>
    Joining,

    /// <summary>A member.</summary>
    Up,

    /// <summary>A member that hands over what it holds, and then leaves.</summary>
    Leaving,
}
