using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>The time of a session's own by which its recorded outcomes grow old, whoever is its primary.</summary>
internal static class OutcomeClock
{
    private static readonly TimeSpan Tenth = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Says when an outcome is recorded. A primary that has recorded none before does not know how long ago the latest
    /// was, and takes it for just now: what may be asked for is rather kept too long.
    /// </summary>
    public static SessionDelta Date(SessionCopy copy, SessionDelta delta, Instant now)
    {
        if (delta.Outcome is not { } outcome)
        {
            return delta;
        }

        long latest = copy.State.LatestOutcomeAt;
        if (copy.OutcomesSince == Instant.Never)
        {
            copy.OutcomesSince = now - (latest * Tenth);
        }

        long at = Math.Max(latest, (now - copy.OutcomesSince).Ticks / Tenth.Ticks);
        return at == outcome.At ? delta : delta with { Outcome = outcome with { At = at } };
    }
}
