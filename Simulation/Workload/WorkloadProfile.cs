namespace SessionCluster.Simulation;

/// <summary>How the clients of one simulated world behave.</summary>
internal sealed record WorkloadProfile
{
    /// <summary>How many browsers there are; each has one session at a time.</summary>
    public int Clients { get; init; } = 6;

    /// <summary>The longest time between two requests of a client.</summary>
    public TimeSpan ThinkAtMost { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How many requests of one session may run at once.</summary>
    public int ConcurrentAtMost { get; init; } = 1;

    /// <summary>How likely a request goes to any node instead of the one that has the session.</summary>
    public double Strays { get; init; } = 0.05;

    /// <summary>How likely a request only reads.</summary>
    public double Reads { get; init; } = 0.3;

    /// <summary>How likely a request ends the session.</summary>
    public double Removals { get; init; } = 0.02;

    /// <summary>How likely a request that writes wants the session for itself.</summary>
    public double Exclusive { get; init; }

    /// <summary>How likely a client rests for so long that its session may expire.</summary>
    public double LongRests { get; init; }

    /// <summary>
    /// How likely a commit carries the key of its request, and is sent again to another node when it fails.
    /// </summary>
    public double Keyed { get; init; }

    /// <summary>
    /// How likely such a commit is sent to another node while the first one has not answered and may still run it.
    /// </summary>
    public double Impatience { get; init; }

    /// <summary>Whether many sessions are in one bucket of the map.</summary>
    public bool IsCrowded { get; init; }

    /// <summary>How much is written beside the number, in bytes, at most.</summary>
    public int PaddingAtMost { get; init; } = 64;

    /// <summary>How long a handler may work between its load and its commit.</summary>
    public TimeSpan HandlerAtMost { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// The same for requests that have the session for themselves, where that is longer: such a one may lose the
    /// session in the midst of its work, as it does when its node is excluded for silence.
    /// </summary>
    public TimeSpan? ExclusiveHandlerAtMost { get; init; }

    /// <summary>The same with requests that want sessions for themselves, and others that meet them.</summary>
    public WorkloadProfile WithExclusions(SeededRandom random) => this with
    {
        Exclusive = 0.3 + (random.Fraction() * 0.7),
        ConcurrentAtMost = Math.Max(ConcurrentAtMost, random.Between(2, 4)),
        Strays = Math.Max(Strays, random.Fraction() * 0.5),
    };

    /// <summary>The same with clients that ask often, anywhere, and for things that take long.</summary>
    public WorkloadProfile InHurry(SeededRandom random) => this with
    {
        ThinkAtMost = random.Spread(TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(1.5)),
        Strays = Math.Max(Strays, random.Fraction() * 0.6),
        Removals = random.Chance(0.5) ? random.Fraction() * 0.2 : Removals,
        Keyed = Math.Max(Keyed, random.Fraction() * 0.5),
        Impatience = 0.5,
        HandlerAtMost = random.Spread(TimeSpan.FromMilliseconds(2), TimeSpan.FromSeconds(4)),
        ExclusiveHandlerAtMost = random.Chance(0.5) ? TimeSpan.FromSeconds(4) : null,
    };

    /// <summary>Draws a profile.</summary>
    public static WorkloadProfile Draw(SeededRandom random) => new()
    {
        Clients = random.Between(2, 10),
        ThinkAtMost = random.Spread(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(8)),
        ConcurrentAtMost = random.Chance(0.3) ? random.Between(2, 4) : 1,
        Strays = random.Chance(0.5) ? random.Fraction() * 0.5 : 0.02,
        Reads = random.Fraction() * 0.6,
        Removals = random.Chance(0.5) ? 0.05 : 0,
        Keyed = random.Chance(0.5) ? random.Fraction() : 0,
        PaddingAtMost = random.Chance(0.1) ? 5000 : 64,
        IsCrowded = random.Chance(0.3),
        HandlerAtMost = random.Spread(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1)),
    };
}
