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

    /// <summary>How many changes of holders that nobody waits for may be under way at once.</summary>
    public int Window { get; init; } = 512;

    /// <summary>How many bytes of whole states that nobody waits for may be under way at once.</summary>
    public long WindowBytes { get; init; } = ReplicationSettings.DefaultProtectionWindowBytes;

    /// <summary>How many sessions that wait for a backup a step looks at.</summary>
    public int Examined { get; init; } = 4096;

    /// <summary>How many sessions are handed in at once.</summary>
    public int HandIns { get; init; } = 256;

    /// <summary>How many backups a step moves.</summary>
    public int Moves { get; init; } = 32;

    /// <summary>How many locations a message has recorded.</summary>
    public int Batch { get; init; } = RecordLocations.RecordsMaximum;

    /// <summary>How many pages are asked for at once.</summary>
    public int Pages { get; init; } = 32;

    /// <summary>How many messages of coming views are kept.</summary>
    public int EarlyMessages { get; init; } = 1024;

    /// <summary>
    /// The same where most sessions are in one bucket of the map, whose pages come one after the other: they have so
    /// many locations that two hundred of them take a second.
    /// </summary>
    /// <param name="network">How long a page takes.</param>
    public SliceOptions ForOneBucket(NetworkProfile network)
    {
        const int crowd = 200;
        TimeSpan thereAndBack = (network.BaseDelay + network.Jitter) * 2;
        int asManyAsNeeded = (int)Math.Ceiling(crowd * thereAndBack.TotalSeconds);
        return this with { Records = Math.Clamp(asManyAsNeeded, Records, MapPage.RecordsMaximum) };
    }

    /// <summary>
    /// The same where sides meet: they hand in so much at once that some hundred sessions, each of which takes six
    /// messages, take no more than a few seconds.
    /// </summary>
    /// <param name="network">How long a message takes.</param>
    public SliceOptions ForReunions(NetworkProfile network)
    {
        const int sessions = 400;
        const int messages = 6;
        const double seconds = 4;
        double asManyAsNeeded = sessions * messages * (network.BaseDelay + network.Jitter).TotalSeconds / seconds;
        return this with { WindowBytes = Math.Max(WindowBytes, (int)asManyAsNeeded * SessionCopy.OverheadBytes * 2) };
    }

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
        Examined = random.Between(4, 16),
        HandIns = random.Between(4, 16),
        Moves = random.Between(1, 4),
        Batch = random.Between(1, 3),
        Pages = random.Between(2, 4),
        EarlyMessages = random.Between(0, 3),
        Window = random.Between(1, 4),
    };
}
