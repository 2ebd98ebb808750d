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

    /// <summary>How many backups a session has.</summary>
    public int Backups { get; init; } = 1;

    /// <summary>What members do that hear too few others.</summary>
    public PartitionPolicy PartitionPolicy { get; init; }

    /// <summary>
    /// How often members say that they live. Scenarios count their moments in it, so it stays as it is.
    /// </summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often those members say it that do so most often.</summary>
    public TimeSpan ShortestHeartbeatInterval => HeartbeatInterval * ((OtherSuspectAfter ?? SuspectAfter) / SuspectAfter);

    /// <summary>How long silence lasts until it is a reason, by the slowest member.</summary>
    public TimeSpan SuspectAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What silence is for every second process, as where a setting is changed on one member after the other; not longer
    /// than for the rest.
    /// </summary>
    public TimeSpan? OtherSuspectAfter { get; init; }

    /// <summary>How long a holder is waited for.</summary>
    public TimeSpan HolderPatience { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long a request may take.</summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// For how long those that say nothing are waited for: as the rules say, not as the machine reckons it.
    /// </summary>
    public TimeSpan FoundingPatience => FoundingPatienceWith(SuspectAfter);

    /// <summary>In what time after the last fault all must be well (I13): a minute by default.</summary>
    public TimeSpan ConvergenceLimit => FoundingPatience * 12;

    /// <summary>Longer than any request takes, to whichever node it goes, and until nothing is in doubt any more.</summary>
    public TimeSpan ClientsFinish => FoundingPatience * 1.2;

    /// <summary>
    /// Longer than any commit may take, on the quickest clock, and until a process would have looked what is due.
    /// </summary>
    public TimeSpan LongerThanRequests => (CommitTimeout * 1.1) + (HeartbeatInterval * 1.75);

    /// <summary>How long a session lives unused.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(20);

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
    public TimeSpan SuspectAfterOf(Member process) =>
        OtherSuspectAfter is { } other && process.Incarnation % 2 == 0 ? other : SuspectAfter;

    /// <summary>For how long one process waits for those that say nothing, where it has heard of no longer time.</summary>
    public TimeSpan FoundingPatienceOf(Member process) => FoundingPatienceWith(SuspectAfterOf(process));

    /// <summary>What a process says of its times when it connects.</summary>
    public MemberTimes TimesOf(Member process) => new(SuspectAfterOf(process), FoundingPatienceOf(process));

    private TimeSpan FoundingPatienceWith(TimeSpan suspectAfter) =>
        TimeSpan.FromSeconds(Math.Max(5, Math.Max(5 * suspectAfter.TotalSeconds, 2.5 * CommitTimeout.TotalSeconds)));

    /// <summary>How often a process says that it lives: more often where silence is shorter.</summary>
    private TimeSpan HeartbeatIntervalOf(Member process) => HeartbeatInterval * (SuspectAfterOf(process) / SuspectAfter);

    /// <summary>The settings of one process.</summary>
    public ReplicationSettings SettingsFor(Member self, MemberRole role, IReadOnlyList<ConfiguredPeer> universe) =>
        new()
    {
        Self = self,
        Role = role,
        Universe = universe,
        Backups = Backups,
        PartitionPolicy = PartitionPolicy,
        HeartbeatInterval = HeartbeatIntervalOf(self),
        SuspectAfter = SuspectAfterOf(self),
        HolderPatience = HolderPatience,
        CommitTimeout = CommitTimeout,
        IdleTimeout = IdleTimeout,
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
