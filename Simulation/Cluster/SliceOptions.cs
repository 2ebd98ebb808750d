using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// How much one step does where there are very many sessions. A simulated cluster has few, so that by default one step
/// does all of it; with less much happens in between.
/// </summary>
internal sealed record SliceOptions
{
    /// <summary>How many sessions a step looks at, where all are looked through.</summary>
    public int Sessions { get; init; } = 8192;

    /// <summary>How many locations a page has.</summary>
    public int Records { get; init; } = MapPage.RecordsMaximum;

    /// <summary>How many sessions of the dead a step promotes.</summary>
    public int Promotions { get; init; } = 256;

    /// <summary>How long nothing is promoted after that.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How many bytes of whole states that nobody waits for may be under way at once.</summary>
    public long WindowBytes { get; init; } = ReplicationSettings.DefaultProtectionWindowBytes;

    /// <summary>
    /// Some steps do little, and what is left has to wait for anything from a moment to a heartbeat or two.
    /// </summary>
    public static SliceOptions Draw(SeededRandom random) => random.Chance(0.5) ? new SliceOptions() : new SliceOptions
    {
        Sessions = random.Between(8, 40),
        Records = random.Between(1, 3),
        Promotions = random.Between(1, 4),
        Pause = random.Spread(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(400)),
        WindowBytes = random.Between(1, SessionCopy.OverheadBytes * 8),
    };
}
