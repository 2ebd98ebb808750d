namespace SessionCluster.Simulation;

/// <summary>All that the outside asked of the cluster and was told by it, session by session.</summary>
/// <param name="queue">Gives the time.</param>
/// <param name="ledger">Knows who held what.</param>
/// <param name="idleTimeout">How long a session lives without being used.</param>
/// <param name="drift">By which share clocks run too fast or too slow at most.</param>
internal sealed class History(EventQueue queue, ConfigurationLedger ledger, TimeSpan idleTimeout, double drift)
{
    private readonly Dictionary<SessionId, SessionHistory> _byId = [];
    private readonly List<SessionHistory> _sessions = [];
    private long _moments;
    private long _numbers;

    public IReadOnlyList<SessionHistory> Sessions => _sessions;

    public ConfigurationLedger Ledger => ledger;

    /// <summary>How long a session is unused before it may expire on the quickest clock.</summary>
    public TimeSpan ExpiresAfterAtLeast { get; } = (idleTimeout * (1 - (2 * drift))) - TimeSpan.FromSeconds(1);

    /// <summary>How long a session is unused before it must have expired on the slowest clock.</summary>
    public TimeSpan ExpiresAfterAtMost { get; } = (idleTimeout * 1.25) + TimeSpan.FromSeconds(30);

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
