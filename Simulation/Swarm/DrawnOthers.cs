using SessionCluster.Replication;

namespace SessionCluster.Simulation;

/// <summary>In what every second process differs from the rest: each setting with a chance of its own.</summary>
internal static class DrawnOthers
{
    /// <summary>The chance of each.</summary>
    public const double Share = 0.1;

    private static readonly TimeSpan ShortestPatience = TimeSpan.FromMilliseconds(80);
    private static readonly TimeSpan ShortestTimeoutOfSlow = TimeSpan.FromSeconds(2);

    /// <param name="options">What is drawn of the cluster.</param>
    /// <param name="times">The times of the rest.</param>
    public static OtherSettings Of(ClusterOptions options, DrawnTimes times)
    {
        TimeSpan? patience = DrawPatience(options.Seed, times);
        return new OtherSettings(
            times.OtherSuspectAfter,
            patience,
            DrawTimeout(options, times, patience ?? times.HolderPatience),
            DrawIdleTimeout(options),
            DrawBackups(options.Seed));
    }

    private static TimeSpan? DrawPatience(ulong seed, DrawnTimes times)
    {
        SeededRandom random = SeededRandom.For(seed, "unlike holder patience");
        return random.Chance(Share) ? random.Spread(ShortestPatience, times.HolderPatience) : null;
    }

    private static TimeSpan? DrawTimeout(ClusterOptions options, DrawnTimes times, TimeSpan patience)
    {
        SeededRandom random = SeededRandom.For(options.Seed, "unlike timeout");
        TimeSpan shortest = patience * DrawnTimes.TimeoutToPatience;
        if (!DrawnTimes.IsQuick(options.Network) && shortest < ShortestTimeoutOfSlow)
        {
            shortest = ShortestTimeoutOfSlow;
        }

        return random.Chance(Share) && shortest < times.CommitTimeout
            ? random.Spread(shortest, times.CommitTimeout)
            : null;
    }

    private static TimeSpan? DrawIdleTimeout(ClusterOptions options)
    {
        SeededRandom random = SeededRandom.For(options.Seed, "unlike idle timeout");
        return random.Chance(Share) && options.IdleTimeout <= SeedRun.LongestIdleTimeout
            ? random.Between(SeedRun.ShortestIdleTimeout, options.IdleTimeout)
            : null;
    }

    private static int? DrawBackups(ulong seed)
    {
        SeededRandom random = SeededRandom.For(seed, "unlike backups");
        return !random.Chance(Share) ? null
            : random.Chance(0.4) ? 1 : random.Chance(0.6) ? 2 : ReplicationSettings.AllOthers;
    }
}
