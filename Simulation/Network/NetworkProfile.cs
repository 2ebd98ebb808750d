namespace SessionCluster.Simulation;

/// <summary>How connections behave in one simulated world. Both sides of each choice occur in the field.</summary>
internal sealed record NetworkProfile
{
    /// <summary>The shortest time that a packet takes, between all hosts.</summary>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromMilliseconds(0.2);

    /// <summary>The mean of what chance adds to it.</summary>
    public TimeSpan Jitter { get; init; } = TimeSpan.FromMilliseconds(0.1);

    /// <summary>
    /// After how long a connection breaks over which nothing comes, be it a cut or a stopped process; never, where it
    /// is not set. Our transport sends keep-alives and has three seconds' patience.
    /// </summary>
    public TimeSpan? BreaksAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Whether what was under way in a broken connection may still arrive after a new connection stands. Our transport
    /// lets a connection end before it opens the next one, so this is harsher than what the machine is promised.
    /// </summary>
    public bool HasStragglers { get; init; }

    /// <summary>
    /// Whether the last messages of a broken connection may come once more on the next one. Our transport sends none
    /// twice, so this is harsher than what the machine is promised.
    /// </summary>
    public bool HasEchoes { get; init; }

    /// <summary>How long a process waits between two attempts to connect, at least.</summary>
    public TimeSpan RedialAtLeast { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a process waits between two attempts to connect, at most.</summary>
    public TimeSpan RedialAtMost { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an attempt to connect may stay without an answer.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromMilliseconds(800);

    /// <summary>How late the news of a refused dial may reach the machine.</summary>
    public TimeSpan RefusalLag { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Draws a profile of a network between distant rooms: what is under way is so for long.</summary>
    public static NetworkProfile DrawSlow(SeededRandom random) => Draw(random) with
    {
        BaseDelay = random.Spread(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(60)),
        Jitter = random.Spread(TimeSpan.FromMilliseconds(0.5), TimeSpan.FromMilliseconds(40)),
        HasStragglers = random.Chance(0.3),
    };

    /// <summary>Draws a profile: mostly a quick network in one room, sometimes a slow one.</summary>
    public static NetworkProfile Draw(SeededRandom random) => new()
    {
        BaseDelay = random.Spread(TimeSpan.FromMilliseconds(0.05), TimeSpan.FromMilliseconds(20)),
        Jitter = random.Spread(TimeSpan.FromMilliseconds(0.02), TimeSpan.FromMilliseconds(10)),
        BreaksAfter = random.Chance(0.5) ? random.Between(TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(15)) : null,
        HasStragglers = random.Chance(0.15),
        RefusalLag = random.Spread(TimeSpan.FromMilliseconds(0.1), TimeSpan.FromMilliseconds(50)),
    };
}
