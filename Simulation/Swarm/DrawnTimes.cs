using SessionCluster.Replication;

namespace SessionCluster.Simulation;

/// <summary>
/// The times that a user may set: mostly the defaults, sometimes others. None is so long that the checkers, who know how
/// soon something is answered by default, would have to wait longer.
/// </summary>
/// <param name="HeartbeatInterval">How often members say that they live.</param>
/// <param name="SuspectAfter">How long silence lasts until it is a reason.</param>
/// <param name="HolderPatience">How long a holder is waited for.</param>
internal readonly record struct DrawnTimes(
    TimeSpan HeartbeatInterval, TimeSpan SuspectAfter, TimeSpan HolderPatience)
{
    private const double OtherHeartbeatShare = 0.2;
    private const double OtherSilenceShare = 0.15;
    private const double OtherPatienceShare = 0.15;
    private static readonly TimeSpan DefaultSilence = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(2.5);

    /// <summary>
    /// In a network in which a packet takes longer, short silences would be no reason: members would exclude one another
    /// for ever.
    /// </summary>
    private static readonly TimeSpan QuickWay = TimeSpan.FromMilliseconds(5);

    /// <param name="seed">The seed; each time has a chance of its own.</param>
    /// <param name="network">How long packets take.</param>
    public static DrawnTimes Of(ulong seed, NetworkProfile network)
    {
        SeededRandom heartbeats = SeededRandom.For(seed, "heartbeat");
        TimeSpan interval = heartbeats.Chance(1 - OtherHeartbeatShare)
            ? ReplicationSettings.DefaultHeartbeatInterval
            : heartbeats.Between(TimeSpan.FromMilliseconds(120), TimeSpan.FromMilliseconds(480));
        SeededRandom silences = SeededRandom.For(seed, "silence");
        TimeSpan silence = DefaultSilence;
        if (silences.Chance(OtherSilenceShare))
        {
            bool isQuick = network.BaseDelay + network.Jitter < QuickWay;
            silence = isQuick && silences.Chance(0.5)
                ? silences.Between(TimeSpan.FromMilliseconds(400), DefaultSilence)
                : silences.Between(DefaultSilence, LongestSilence);
            interval = interval * (silence / DefaultSilence);
        }

        SeededRandom patience = SeededRandom.For(seed, "holder patience");
        TimeSpan holders = patience.Chance(OtherPatienceShare)
            ? patience.Spread(TimeSpan.FromMilliseconds(80), TimeSpan.FromSeconds(1))
            : TimeSpan.FromMilliseconds(300);
        return new DrawnTimes(interval, silence, holders);
    }
}
