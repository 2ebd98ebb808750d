namespace SessionCluster.Replication.Membership;

/// <summary>
/// The times by which this member reckons where others may have set longer ones: the longest of all that it knows. What
/// a peer's process has said counts until another process takes its place.
/// </summary>
internal sealed class KnownTimes(ReplicationSettings settings)
{
    /// <summary>
    /// The longest silence that is no reason yet for somebody: a lease of any member is over when it is.
    /// </summary>
    public TimeSpan SuspectAfter { get; private set; } = settings.SuspectAfter;

    /// <summary>The longest time for which somebody waits for those that say nothing.</summary>
    public TimeSpan FoundingPatience { get; private set; } = settings.FoundingPatience;

    /// <summary>How long a peer may be silent: as long as it may believe to be heard, and as this member is set.</summary>
    public TimeSpan SilenceOf(Peer peer) => Longer(settings.SuspectAfter, peer.Times.SuspectAfter);

    /// <summary>Reckons anew; called when a peer has said its times.</summary>
    public void Learn(Peer[] peers)
    {
        (SuspectAfter, FoundingPatience) = (settings.SuspectAfter, settings.FoundingPatience);
        foreach (Peer peer in peers)
        {
            SuspectAfter = Longer(SuspectAfter, peer.Times.SuspectAfter);
            FoundingPatience = Longer(FoundingPatience, peer.Times.FoundingPatience);
        }
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
