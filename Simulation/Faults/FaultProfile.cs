namespace SessionCluster.Simulation;

/// <summary>What may happen to the cluster.</summary>
internal enum FaultKind
{
    /// <summary>The process is killed; its host refuses connections.</summary>
    Kill,

    /// <summary>The process and its host are gone; nobody answers.</summary>
    LoseHost,

    /// <summary>Several processes are killed in one moment.</summary>
    KillSeveral,

    /// <summary>The process is stopped for a while.</summary>
    Pause,

    /// <summary>Nothing gets from one host to another, in one direction.</summary>
    CutOneWay,

    /// <summary>Nothing gets between two hosts.</summary>
    CutBothWays,

    /// <summary>The hosts fall into groups; see <see cref="PartitionShape"/>.</summary>
    Partition,

    /// <summary>Everything takes long on one way.</summary>
    Clog,

    /// <summary>Packets are lost on all ways of one host, so that TCP is slow.</summary>
    Loss,

    /// <summary>A connection is reset and nothing else is wrong.</summary>
    Reset,

    /// <summary>The connection is reset on which the next message of some kind is under way.</summary>
    LoseMessage,

    /// <summary>A node is drained, stopped, and started again later.</summary>
    Drain,

    /// <summary>A process dies soon after each of its starts.</summary>
    CrashLoop,

    /// <summary>A connection is reset again and again.</summary>
    Flap,

    /// <summary>A process gets a moment of processor time now and then.</summary>
    Starve,

    /// <summary>
    /// A node is killed or stopped at the next message of some kind, see
    /// <see cref="SessionCluster.Simulation.Ambush"/>.
    /// </summary>
    Ambush,

    /// <summary>One sleeps while all others are started again, one after the other.</summary>
    Renew,

    /// <summary>All die but one, soon one after the other.</summary>
    LeaveOne,

    /// <summary>All who hold one session are lost with their hosts, stopped or cut off.</summary>
    StrikeHolders,

    /// <summary>All are drained one after the other, and nobody waits until the last one is back.</summary>
    Roll,

    /// <summary>In an ambush: two are cut off from all others.</summary>
    Pair,

    /// <summary>In an ambush: what is under way to one is lost, and its sender is killed.</summary>
    Sever,

    /// <summary>In an ambush: what is said comes to one only, and its sender is killed.</summary>
    Confide,

    /// <summary>In an ambush: the sender and a few others are cut off from the rest, each time other ones.</summary>
    Few,

    /// <summary>In an ambush: the process is killed and started again at once.</summary>
    Restart,

    /// <summary>In an ambush: the process is stopped with what it is just saying, which leaves when it goes on.</summary>
    Freeze,

    /// <summary>In an ambush: one end loses the connection, and the other does not hear of that.</summary>
    Lose,

    /// <summary>In an ambush: nothing, but it is known who was there.</summary>
    None,

    /// <summary>A backup loses its copy, or goes back to an older state, and nobody is told.</summary>
    LoseCopy,

    /// <summary>A member forgets where a session is.</summary>
    LoseLocation,

    /// <summary>A member has a copy that no configuration names.</summary>
    LeaveOrphan,
}

/// <summary>Which faults strike, how often, and whether a fault may strike before the last one is over.</summary>
internal sealed record FaultProfile
{
    /// <summary>The kinds of faults; a kind that is named twice is twice as likely.</summary>
    public required IReadOnlyList<FaultKind> Kinds { get; init; }

    /// <summary>The shortest time between two faults.</summary>
    public TimeSpan PauseAtLeast { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest time between two faults.</summary>
    public TimeSpan PauseAtMost { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a fault lasts, at least.</summary>
    public TimeSpan LastsAtLeast { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a fault lasts, at most.</summary>
    public TimeSpan LastsAtMost { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether the next fault waits until the cluster has recovered from the last. Then the contract promises that
    /// nothing at all is lost.
    /// </summary>
    public bool IsOneAtATime { get; init; }

    /// <summary>How likely it is that a way or two between the groups of a partition stay cut after it.</summary>
    public double CutsLeft { get; init; }

    /// <summary>Kills and restarts, one at a time.</summary>
    public static FaultProfile SingleKills { get; } = new()
    {
        Kinds =
        [
            FaultKind.Kill, FaultKind.Kill, FaultKind.Kill, FaultKind.Kill, FaultKind.Reset, FaultKind.Reset,
            FaultKind.LoseMessage, FaultKind.LoseMessage, FaultKind.Drain, FaultKind.Drain, FaultKind.CrashLoop,
            FaultKind.Flap,
        ],
        LastsAtMost = TimeSpan.FromSeconds(20),
        PauseAtMost = TimeSpan.FromSeconds(3),
        IsOneAtATime = true,
    };

    /// <summary>Every fault, one at a time.</summary>
    public static FaultProfile Single { get; } = new()
    {
        Kinds = [.. Enum.GetValues<FaultKind>().Where(static kind => kind < FaultKind.Ambush
            && kind != FaultKind.KillSeveral)],
        PauseAtMost = TimeSpan.FromSeconds(3),
        IsOneAtATime = true,
    };

    /// <summary>Kills and restarts, also of several at once and during recovery.</summary>
    public static FaultProfile Kills { get; } = new()
    {
        Kinds = [FaultKind.Kill, FaultKind.Kill, FaultKind.Kill, FaultKind.KillSeveral, FaultKind.Reset,
            FaultKind.Drain, FaultKind.LeaveOne, FaultKind.CrashLoop, FaultKind.Roll],
        LastsAtMost = TimeSpan.FromSeconds(20),
        PauseAtMost = TimeSpan.FromSeconds(10),
    };

    /// <summary>
    /// Silences that last about as long as the time-outs: some have noticed and others have not when they end.
    /// </summary>
    public static FaultProfile DrawBrief(SeededRandom random) => new()
    {
        Kinds =
        [
            FaultKind.Pause, FaultKind.Pause, FaultKind.CutOneWay, FaultKind.CutBothWays, FaultKind.CutBothWays,
            FaultKind.Partition, FaultKind.Partition, FaultKind.Clog, FaultKind.Loss, FaultKind.Reset,
            .. random.Chance(0.5) ? [FaultKind.Kill, FaultKind.Drain, FaultKind.Ambush] : Array.Empty<FaultKind>(),
            .. random.Chance(0.3) ? [FaultKind.Renew, FaultKind.StrikeHolders] : Array.Empty<FaultKind>(),
            .. random.Chance(0.3) ? [FaultKind.Starve, FaultKind.Flap] : Array.Empty<FaultKind>(),
        ],
        PauseAtMost = random.Spread(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(4)),
        LastsAtLeast = TimeSpan.FromMilliseconds(300),
        LastsAtMost = random.Between(TimeSpan.FromSeconds(1.2), TimeSpan.FromSeconds(3.5)),
    };

    /// <summary>Deaths in the midst of changes of views and holders, on slow and crowded ways.</summary>
    public static FaultProfile DrawChanges(SeededRandom random) => new()
    {
        Kinds =
        [
            FaultKind.Ambush, FaultKind.Ambush, FaultKind.Ambush, FaultKind.Kill, FaultKind.KillSeveral,
            FaultKind.Drain,
            FaultKind.Reset, FaultKind.Clog, FaultKind.Clog,
            .. random.Chance(0.5)
                ? [FaultKind.Pause, FaultKind.CutOneWay, FaultKind.Partition]
                : Array.Empty<FaultKind>(),
            .. random.Chance(0.4) ? [FaultKind.Renew, FaultKind.StrikeHolders] : Array.Empty<FaultKind>(),
            .. random.Chance(0.2) ? [FaultKind.LeaveOne] : Array.Empty<FaultKind>(),
            .. random.Chance(0.3) ? [FaultKind.CrashLoop, FaultKind.Flap] : Array.Empty<FaultKind>(),
        ],
        PauseAtMost = random.Spread(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(5)),
        LastsAtMost = random.Spread(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(8)),
    };

    /// <summary>Any faults at any time; each seed draws its own mixture, so that rare ones meet.</summary>
    public static FaultProfile DrawAny(SeededRandom random)
    {
        var kinds = new List<FaultKind>();
        foreach (FaultKind kind in Enum.GetValues<FaultKind>().Where(static kind => kind < FaultKind.Pair))
        {
            int weight = Math.Max(0, random.Between(-2, 3));
            kinds.AddRange(Enumerable.Repeat(kind, weight));
        }

        return new FaultProfile
        {
            Kinds = kinds.Count == 0 ? [FaultKind.Partition, FaultKind.Kill] : kinds,
            PauseAtMost = random.Spread(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30)),
            LastsAtMost = random.Spread(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(60)),
        };
    }
}
