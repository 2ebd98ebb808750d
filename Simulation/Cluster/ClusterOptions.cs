namespace SessionCluster.Simulation;

/// <summary>One simulated world.</summary>
internal sealed record ClusterOptions
{
    /// <summary>The seed of all chance.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many nodes the configuration names.</summary>
    public int Nodes { get; init; } = 4;

    /// <summary>Whether the balancer is a member that votes and stores nothing.</summary>
    public bool HasVoter { get; init; }

    /// <summary>How many backups a session has, where a process leads it that has no other number.</summary>
    public int Backups { get; init; } = 1;

    /// <summary>What members do that hear too few others.</summary>
    public PartitionPolicy PartitionPolicy { get; init; }

    /// <summary>
    /// How often members say that they live. Scenarios count their moments in it, so it stays as it is.
    /// </summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often those members say it that do so most often.</summary>
    public TimeSpan ShortestHeartbeatInterval =>
        HeartbeatInterval * ((Others.SuspectAfter ?? SuspectAfter) / SuspectAfter);

    /// <summary>What every second process has set otherwise; none of these times is longer than that of the rest.</summary>
    public OtherSettings Others { get; init; }

    /// <summary>How long silence lasts until it is a reason, by the slowest member.</summary>
    public TimeSpan SuspectAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a holder is waited for, by the most patient member.</summary>
    public TimeSpan HolderPatience { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long a request may take, at that member at which it may take longest.</summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// For how long those that say nothing are waited for: as the rules say, not as the machine reckons it.
    /// </summary>
    public TimeSpan FoundingPatience => FoundingPatienceWith(SuspectAfter, CommitTimeout);

    /// <summary>In what time after the last fault all must be well (I13): a minute by default.</summary>
    public TimeSpan ConvergenceLimit => FoundingPatience * 12;

    /// <summary>Longer than any request takes, to whichever node it goes, and until nothing is in doubt any more.</summary>
    public TimeSpan ClientsFinish => FoundingPatience * 1.2;

    /// <summary>How long a session lives unused, where the last process that could end it has no shorter time.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>How long a session lives unused at least, whichever process leads it.</summary>
    public TimeSpan ShortestIdleTimeout => Others.IdleTimeout ?? IdleTimeout;

    /// <summary>How long it is remembered that a session is gone.</summary>
    public TimeSpan TombstoneRetention { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>By how much clocks may run too fast or too slow, in ticks of a million.</summary>
    public int DriftPerMillionMaximum { get; init; }

    /// <summary>How connections behave.</summary>
    public NetworkProfile Network { get; init; } = new();

    /// <summary>
    /// Whether faults come one at a time, so that there is no excuse for a session that is not known any more.
    /// </summary>
    public bool IsStrict { get; init; }

    /// <summary>What is kept for people to read.</summary>
    public TraceDetail Detail { get; init; } = TraceDetail.Latest;

    /// <summary>Whether the checkers listen. What they remember would be weighed with the cluster.</summary>
    public bool IsChecked { get; init; } = true;

    /// <summary>How much one step does where very many sessions have to be looked at, or to be led.</summary>
    public SliceOptions Slices { get; init; } = new();

    /// <summary>What silence is for one process.</summary>
    public TimeSpan SuspectAfterOf(Member process) => OfOthers(process)?.SuspectAfter ?? SuspectAfter;

    /// <summary>The longer of what is silence for each of two.</summary>
    public TimeSpan SilenceBetween(Member one, Member other) =>
        TimeSpan.FromTicks(Math.Max(SuspectAfterOf(one).Ticks, SuspectAfterOf(other).Ticks));

    /// <summary>How many backups one process gives to what it leads.</summary>
    public int BackupsOf(Member process) => OfOthers(process)?.Backups ?? Backups;

    /// <summary>How long a request that one process was asked may take.</summary>
    public TimeSpan CommitTimeoutOf(Member process) => OfOthers(process)?.CommitTimeout ?? CommitTimeout;

    /// <summary>
    /// Longer than any commit that one process was asked may take, on the quickest clock, and until it would have looked
    /// what is due.
    /// </summary>
    public TimeSpan LongerThanRequestsOf(Member process) =>
        (CommitTimeoutOf(process) * 1.1) + (HeartbeatInterval * 1.75);

    /// <summary>For how long one process waits for those that say nothing, where it has heard of no longer time.</summary>
    public TimeSpan FoundingPatienceOf(Member process) =>
        FoundingPatienceWith(SuspectAfterOf(process), CommitTimeoutOf(process));

    /// <summary>What a process says of its times when it connects.</summary>
    public MemberTimes TimesOf(Member process) => new(SuspectAfterOf(process), FoundingPatienceOf(process));

    private static TimeSpan FoundingPatienceWith(TimeSpan suspectAfter, TimeSpan commitTimeout) =>
        TimeSpan.FromSeconds(Math.Max(5, Math.Max(5 * suspectAfter.TotalSeconds, 2.5 * commitTimeout.TotalSeconds)));

    private OtherSettings? OfOthers(Member process) => process.Incarnation % 2 == 0 ? Others : null;

    /// <summary>How often a process says that it lives: more often where silence is shorter.</summary>
    private TimeSpan HeartbeatIntervalOf(Member process) => HeartbeatInterval * (SuspectAfterOf(process) / SuspectAfter);

    /// <summary>The settings of one process.</summary>
    public ReplicationSettings SettingsFor(Member self, MemberRole role, IReadOnlyList<ConfiguredPeer> universe) =>
        new()
    {
        Self = self,
        Role = role,
        Universe = universe,
        Backups = BackupsOf(self),
        PartitionPolicy = PartitionPolicy,
        HeartbeatInterval = HeartbeatIntervalOf(self),
        SuspectAfter = SuspectAfterOf(self),
        HolderPatience = OfOthers(self)?.HolderPatience ?? HolderPatience,
        CommitTimeout = CommitTimeoutOf(self),
        IdleTimeout = OfOthers(self)?.IdleTimeout ?? IdleTimeout,
        TombstoneRetention = TombstoneRetention,
        SessionsAtOnce = Slices.Sessions,
        RecordsAtOnce = Slices.Records,
        PromotionsAtOnce = Slices.Promotions,
        PromotionPause = Slices.Pause,
        ProtectionWindowBytes = Slices.WindowBytes,
        ExaminedAtOnce = Slices.Examined,
        ProtectionWindow = Slices.Window,
        HandInsAtOnce = Slices.HandIns,
        MovesAtOnce = Slices.Moves,
        RecordsInBatch = Slices.Batch,
        PagesAtOnce = Slices.Pages,
        EarlyMessagesKept = Slices.EarlyMessages,
    };
}
