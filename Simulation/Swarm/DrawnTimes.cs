using SessionCluster.Replication;

namespace SessionCluster.Simulation;

/// <summary>
/// The times that a user may set: mostly the defaults, sometimes others, up to nearly the longest that are allowed.
/// </summary>
/// <param name="HeartbeatInterval">How often members say that they live.</param>
/// <param name="SuspectAfter">How long silence lasts until it is a reason.</param>
/// <param name="OtherSuspectAfter">The same of every second process, or nothing where all have the same.</param>
/// <param name="HolderPatience">How long a holder is waited for.</param>
/// <param name="CommitTimeout">How long a request may take.</param>
internal readonly record struct DrawnTimes(
    TimeSpan HeartbeatInterval,
    TimeSpan SuspectAfter,
    TimeSpan? OtherSuspectAfter,
    TimeSpan HolderPatience,
    TimeSpan CommitTimeout)
{
    /// <summary>A request may take longer than a holder is waited for, by so much at least.</summary>
    public const double TimeoutToPatience = 1.2;

    private const double OtherHeartbeatShare = 0.2;
    private const double OtherSilenceShare = 0.15;
    private const double OtherPatienceShare = 0.15;
    private const double OtherTimeoutShare = 0.15;
    private const double VeryLongSilenceShare = 0.3;
    private const double MostTimesLonger = 6;
    private static readonly TimeSpan DefaultSilence = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongSilence = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(8);

    /// <summary>
    /// In a network in which a packet takes longer, short silences would be no reason: members would exclude one another
    /// for ever.
    /// </summary>
    private static readonly TimeSpan QuickWay = TimeSpan.FromMilliseconds(5);

    /// <summary>Whether short times are a reason there.</summary>
    public static bool IsQuick(NetworkProfile network) => network.BaseDelay + network.Jitter < QuickWay;

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
        bool isQuick = IsQuick(network);
        if (silences.Chance(OtherSilenceShare))
        {
            silence = isQuick && silences.Chance(0.5)
                ? silences.Between(TimeSpan.FromMilliseconds(400), DefaultSilence)
                : silences.Between(DefaultSilence, LongSilence);
            silence = silence > DefaultSilence && silences.Chance(VeryLongSilenceShare)
                ? silences.Between(LongSilence, LongestSilence)
                : silence;
            interval = interval * (silence / DefaultSilence);
        }

        SeededRandom unlike = SeededRandom.For(seed, "unlike silences");
        TimeSpan? other = null;
        if (unlike.Chance(DrawnOthers.Share))
        {
            (TimeSpan former, silence) = (silence, silence * (1 + (unlike.Fraction() * MostTimesLonger)));
            silence = silence < LongestSilence ? silence : LongestSilence;
            interval = interval * (silence / former);
            other = former;
        }

        SeededRandom patience = SeededRandom.For(seed, "holder patience");
        TimeSpan holders = patience.Chance(OtherPatienceShare)
            ? patience.Spread(TimeSpan.FromMilliseconds(80), LongestPatience)
            : TimeSpan.FromMilliseconds(300);
        SeededRandom timeouts = SeededRandom.For(seed, "timeout");
        TimeSpan shortest = holders * TimeoutToPatience;
        TimeSpan timeout = shortest < DefaultTimeout ? DefaultTimeout : shortest;
        if (timeouts.Chance(OtherTimeoutShare))
        {
            timeout = isQuick && timeouts.Chance(0.5)
                ? timeouts.Between(shortest, timeout)
                : timeouts.Spread(timeout, LongestTimeout);
        }

        return new DrawnTimes(interval, silence, other, holders, timeout);
    }
}
