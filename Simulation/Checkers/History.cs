namespace SessionCluster.Simulation;

/// <summary>All that the outside asked of the cluster and was told by it, session by session.</summary>
/// <param name="queue">Gives the time.</param>
/// <param name="ledger">Knows who held what.</param>
/// <param name="options">How long sessions live, requests and silences last, and by how much clocks run wrong.</param>
internal sealed class History(EventQueue queue, ConfigurationLedger ledger, ClusterOptions options)
{
    private readonly Dictionary<SessionId, SessionHistory> _byId = [];
    private readonly List<SessionHistory> _sessions = [];
    private long _moments;
    private long _numbers;

    public IReadOnlyList<SessionHistory> Sessions => _sessions;

    public ConfigurationLedger Ledger => ledger;

    /// <summary>How long a session is unused before it may expire on the quickest clock.</summary>
    public TimeSpan ExpiresAfterAtLeast { get; } =
        (options.ShortestIdleTimeout * (1 - (2 * options.DriftPerMillionMaximum / 1e6))) - TimeSpan.FromSeconds(1);

    /// <summary>How long a session is unused before it must have expired on the slowest clock.</summary>
    public TimeSpan ExpiresAfterAtMost { get; } = (options.IdleTimeout * 1.25) + (options.FoundingPatience * 6);

    /// <summary>
    /// What was not answered is not done any more after this time, be it forwarded or not: twice what a request may take
    /// and a silence may last.
    /// </summary>
    public TimeSpan OverAfter { get; } = 2 * (options.CommitTimeout + options.SuspectAfter);

    public TimeSpan Now => queue.Now;

    /// <summary>How many commits were acknowledged.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>How many of them while nobody who lived may have known how the session was.</summary>
    public long Unchecked { get; private set; }

    /// <summary>How many requests were answered with "unavailable".</summary>
    public long Unavailable { get; set; }

    /// <summary>How many requests were answered with "lost", rightly.</summary>
    public long Lost { get; set; }

    public long NextMoment() => ++_moments;

    public long NextNumber() => ++_numbers;

    public SessionHistory Begin(SessionId id, string name)
    {
        var history = new SessionHistory(this, id, name);
        _byId.Add(id, history);
        _sessions.Add(history);
        return history;
    }

    /// <summary>A commit was acknowledged.</summary>
    public void CountAcknowledged(SessionId session)
    {
        Acknowledged++;
        Unchecked += ledger.MayBeForgotten(session) ? 1 : 0;
    }

    public SessionHistory? Find(SessionId id) => _byId.GetValueOrDefault(id);
}
