namespace SessionCluster.Replication;

/// <summary>
/// The machine's limits and durations. Checked once, in <see cref="Validate"/>; the shell maps its options here.
/// </summary>
public sealed record ReplicationSettings
{
    /// <summary>The backups of a session that mean "every other node".</summary>
    public const int AllOthers = int.MaxValue;

    /// <summary>
    /// As seldom as leases allow: at 250 ms they would often end before the next heartbeat's answer, and be asked for.
    /// </summary>
    internal static readonly TimeSpan DefaultHeartbeatInterval = TimeSpan.FromMilliseconds(225);

    private static readonly TimeSpan FoundingPatienceMinimum = TimeSpan.FromSeconds(5);

    internal const long DefaultProtectionWindowBytes = 2 * 1024 * 1024;

    /// <summary>This process.</summary>
    /// <value>Required. One of <see cref="Universe"/>.</value>
    public required Member Self { get; init; }

    /// <summary>What this process does.</summary>
    /// <value>Default <see cref="MemberRole.Node"/>.</value>
    public MemberRole Role { get; init; }

    /// <summary>All that may ever be members, this node included.</summary>
    /// <value>Required. No name twice.</value>
    public required IReadOnlyList<ConfiguredPeer> Universe { get; init; }

    /// <summary>How many copies each session has beside its primary's.</summary>
    /// <value>Default 1; 0 replicates nothing, <see cref="AllOthers"/> replicates to all.</value>
    public int Backups { get; init; } = 1;

    /// <summary>What members do that hear too few others.</summary>
    /// <value>Default <see cref="PartitionPolicy.Majority"/>; the same for all members.</value>
    public PartitionPolicy PartitionPolicy { get; init; } = PartitionPolicy.Majority;

    /// <summary>How long a session lives without being used.</summary>
    /// <value>Default 20 minutes. More than 0.</value>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>How often every peer is told that this node lives.</summary>
    /// <value>Default 225 ms. More than 0.</value>
    public TimeSpan HeartbeatInterval { get; init; } = DefaultHeartbeatInterval;

    /// <summary>Silence after which a peer is suspected and may be excluded by a quorum.</summary>
    /// <value>Default 1 s. More than twice <see cref="HeartbeatInterval"/>.</value>
    public TimeSpan SuspectAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a holder may take to acknowledge before another is chosen in its place.</summary>
    /// <value>Default 300 ms. More than 0.</value>
    public TimeSpan HolderPatience { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long a commit or a load may take before it is answered with <c>Unavailable</c>.</summary>
    /// <value>Default 2 s. More than 0.</value>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a fresh cluster waits for configured peers that neither answer nor refuse, and how long it takes, beyond
    /// doubt, until a member that reaches no quorum is excluded and what it was asked is answered.
    /// </summary>
    /// <value>
    /// Five times <see cref="SuspectAfter"/> and two and a half times <see cref="CommitTimeout"/>, as by default; not
    /// less than 5 s.
    /// </value>
    public TimeSpan FoundingPatience
    {
        get
        {
            TimeSpan answered = CommitTimeout * 2.5;
            TimeSpan excluded = SuspectAfter * 5;
            TimeSpan longer = answered > excluded ? answered : excluded;
            return longer > FoundingPatienceMinimum ? longer : FoundingPatienceMinimum;
        }
    }

    /// <summary>How long it is remembered that a session was removed, has expired or is lost.</summary>
    /// <value>Default 2 minutes; longer than any message may be under way.</value>
    public TimeSpan TombstoneRetention { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many full states may be under way at once while protection is restored.</summary>
    /// <value>Default 512. At least 1.</value>
    public int ProtectionWindow { get; init; } = 512;

    /// <summary>
    /// How many bytes of full states a member may have under way at once while it restores protection, moves backups to
    /// one that has joined, leaves, or hands in what it has: what waits to be sent delays the heartbeats behind it, and
    /// takes memory on both sides.
    /// </summary>
    /// <value>Default 2 MiB. At least 1; a single state may be under way, however large it is.</value>
    public long ProtectionWindowBytes { get; init; } = DefaultProtectionWindowBytes;

    /// <summary>How many sessions one step looks at where all are looked through now and then.</summary>
    internal int SessionsAtOnce { get; init; } = 8192;

    /// <summary>How many locations one page has, at most.</summary>
    internal int RecordsAtOnce { get; init; } = MapPage.RecordsMaximum;

    /// <summary>
    /// How many sessions of members that are gone begin to be led in one step, beside those that are asked for.
    /// </summary>
    internal int PromotionsAtOnce { get; init; } = 256;

    /// <summary>How long requests have before the next ones are.</summary>
    internal TimeSpan PromotionPause { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How many sessions that wait for a backup one step looks at; most of them may have one by then.</summary>
    internal int ExaminedAtOnce { get; init; } = 4096;

    /// <summary>How many sessions may be handed in at once.</summary>
    internal int HandInsAtOnce { get; init; } = 256;

    /// <summary>How many backups one step moves, to even out the load.</summary>
    internal int MovesAtOnce { get; init; } = 32;

    /// <summary>How many locations one message has recorded, at most.</summary>
    internal int RecordsInBatch { get; init; } = RecordLocations.RecordsMaximum;

    /// <summary>How many pages of a map may be asked for at once.</summary>
    internal int PagesAtOnce { get; init; } = 32;

    /// <summary>How many messages of coming views are kept; beyond that one is lost, and is said again.</summary>
    internal int EarlyMessagesKept { get; init; } = 1024;

    /// <summary>What others are told of these when they connect.</summary>
    public MemberTimes Times => new(SuspectAfter, FoundingPatience);

    /// <summary>The share of <see cref="SuspectAfter"/> for which an acknowledged heartbeat permits to serve.</summary>
    /// <remarks>Less than 1, so that clocks that run at different speeds (by up to a quarter) do no harm.</remarks>
    internal TimeSpan LeaseDuration => SuspectAfter * 0.75;

    /// <summary>
    /// How old a forwarded commit may be when it comes. A heartbeat that is heard is younger than
    /// <see cref="SuspectAfter"/>, and the request has been answered after <see cref="CommitTimeout"/>. What its key
    /// has done is known for longer.
    /// </summary>
    internal TimeSpan ForwardAgeMaximum => SuspectAfter + CommitTimeout;

    /// <summary>How often sessions that were only read are announced to their backups.</summary>
    internal TimeSpan TouchInterval =>
        TimeSpan.FromTicks(
            Math.Clamp(IdleTimeout.Ticks / 20, TimeSpan.TicksPerMillisecond * 100, TimeSpan.TicksPerMinute));

    /// <summary>Whether locations are recorded and permission is needed: not where each node is on its own.</summary>
    internal bool Replicates => Backups > 0;

    /// <summary>Whether members that hear no quorum go on among themselves.</summary>
    internal bool ServesDivided => Replicates && PartitionPolicy == PartitionPolicy.Available;

    /// <summary>Throws unless the settings are possible.</summary>
    /// <exception cref="ArgumentException">A value is out of its range, or two contradict each other.</exception>
    public void Validate()
    {
        Check(Universe.Any(peer => peer.Node == Self.Node), "Self must be in Universe.");
        Check(
            Universe.Select(static peer => peer.Node).Distinct().Count() == Universe.Count,
            "Universe names a node twice.");
        Check(Backups >= 0, "Backups must not be negative.");
        Check(HeartbeatInterval > TimeSpan.Zero, "HeartbeatInterval must be positive.");
        Check(SuspectAfter > HeartbeatInterval * 2, "SuspectAfter must be more than twice HeartbeatInterval.");
        Check(IdleTimeout > TimeSpan.Zero, "IdleTimeout must be positive.");
        Check(CommitTimeout > TimeSpan.Zero, "CommitTimeout must be positive.");
        Check(HolderPatience > TimeSpan.Zero, "HolderPatience must be positive.");
        Check(ProtectionWindow > 0, "ProtectionWindow must be positive.");
        Check(ProtectionWindowBytes > 0, "ProtectionWindowBytes must be positive.");
    }

    private static void Check(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}

/// <summary>A node that the configuration names.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Role">What it does.</param>
public readonly record struct ConfiguredPeer(NodeId Node, MemberRole Role);
