namespace SessionCluster.Simulation;

/// <summary>
/// One session as the outside knows it, and the promises that are checked whenever the outside learns something more:
/// I1 no acknowledged write is lost, I2 no two commits are one version, I3 versions never go back, I6 what is gone
/// stays gone, I7 nothing expires while it is used; and that the history of each key is linearizable.
/// </summary>
/// <param name="history">The histories of all sessions.</param>
/// <param name="id">The session.</param>
/// <param name="name">What the trace calls it.</param>
internal sealed class SessionHistory(History history, SessionId id, string name)
{
    private readonly Dictionary<long, WriteRecord> _writes = [];
    private readonly Dictionary<string, KeyHistory> _keys = [];
    private readonly SortedList<long, WriteRecord> _bySequence = [];
    private AcknowledgementChecker _acknowledgements = new(id);
    private ExclusionChecker _exclusions = new();
    private long _anewAt = -1;
    private SessionVersion _newest;
    private long _confirmedAt = WriteRecord.Never;
    private long _goneAt = WriteRecord.Never;
    private string _goneBecause = "";
    private TimeSpan _lastTried;

    public SessionId Id { get; } = id;

    public string Name { get; } = name;

    /// <summary>Whether the cluster has ever said that the session exists.</summary>
    public bool IsConfirmed => _confirmedAt != WriteRecord.Never;

    /// <summary>Whether the cluster has said that the session is gone.</summary>
    public bool IsGone => _goneAt != WriteRecord.Never;

    /// <summary>Whether the cluster has said that it was removed as asked.</summary>
    public bool WasRemoved { get; private set; }

    /// <summary>Whether the application has asked for its removal, which may come true yet.</summary>
    public bool MayBeRemoved => Removals.MayComeTrue;

    /// <summary>The requests to remove it.</summary>
    public RemovalHistory Removals { get; } = new(history);

    /// <summary>Since when all who live know it as it is, after those who knew it may have died.</summary>
    public TimeSpan KnownSince { get; private set; } = TimeSpan.MinValue;

    /// <summary>The newest version that the cluster has answered.</summary>
    public SessionVersion Newest => _newest;

    /// <summary>When it was last used for certain.</summary>
    public TimeSpan LastUsed { get; private set; }

    /// <summary>Whether it has been unused for so long that it may have expired, on the quickest clock.</summary>
    public bool MayBeExpired => history.Now > LastUsed + history.ExpiresAfterAtLeast;

    /// <summary>Whether it has been unused for so long that it must have expired, on the slowest clock.</summary>
    public bool MustBeExpired =>
        history.Now - history.ExpiresAfterAtMost is var since && since > _lastTried && since > history.Ledger.PromotedAt(Id);

    /// <summary>A request begins.</summary>
    public Observation Observe()
    {
        _lastTried = history.Now;
        return new Observation(history.NextMoment(), history.Now, _newest);
    }

    public void WriteInvoked(WriteRecord write)
    {
        if (!_writes.TryAdd(write.Number, write))
        {
            // It is sent again.
            return;
        }

        write.Invoked = history.NextMoment();
        foreach (KeyWrite key in write.Keys)
        {
            HistoryOf(key.Key).WriteInvoked(write);
        }
    }

    public void WriteCommitted(WriteRecord write, Observation began, SimulatedProcess by, CommitCompleted answer)
    {
        long moment = history.NextMoment();
        SessionVersion version = answer.Version;
        history.CountAcknowledged(Id);
        if (!IsPromised(began, write, "was committed"))
        {
            return;
        }

        if (!_bySequence.TryAdd(version.Sequence, write))
        {
            Fail($"{write} was acknowledged as {version}, as was {_bySequence[version.Sequence]}");
        }

        FailIf(_acknowledgements.Committed(by, answer, mayHaveEnded: MayBeRemoved || MayBeExpired), "");
        CheckOrder(began, version, began.Newest.Sequence + 1, write);
        write.Acknowledged = moment;
        write.Version = version;
        foreach (KeyWrite key in write.Keys)
        {
            FailIf(HistoryOf(key.Key).WriteAcknowledged(write), key.Key);
        }

        FailIf(write.ExclusiveRead is { } read ? _exclusions.Committed(write, read) : null, "");
        history.Ledger.Acknowledged(Id, version.Epoch, answer.Placement);
        Confirm(began, version, moment);
    }

    /// <summary>The cluster says that it had committed this before.</summary>
    public void WriteRepeated(WriteRecord write, Observation began)
    {
        long moment = history.NextMoment();
        if (!IsPromised(began, write, "was repeated"))
        {
            return;
        }

        foreach (KeyWrite key in write.Keys)
        {
            FailIf(HistoryOf(key.Key).WriteRepeated(write, moment), key.Key);
        }
    }

    public void Loaded(Observation began, SessionState state, SessionVersion version)
    {
        long moment = history.NextMoment();
        if (!IsPromised(began, null, "it was loaded"))
        {
            return;
        }

        CheckOrder(began, version, began.Newest.Sequence, null);
        foreach (KeyHistory key in _keys.Values)
        {
            FailIf(key.Read(state, version, began.Moment, moment, _writes), key.Key);
        }

        Confirm(began, version, moment);
    }

    /// <summary>The cluster says that the session does not exist (any more).</summary>
    public void NotFound(Observation began)
    {
        if (_confirmedAt >= began.Moment || began.Moment < _anewAt)
        {
            return;
        }

        bool isAllowed = IsGone || MayBeRemoved || MayBeExpired || history.Ledger.MayBeForgotten(Id);
        FailIf(isAllowed ? null : "acknowledged commits are lost: the session is not found", "");
        Gone("it was not found");
    }

    /// <summary>The cluster says that the session was removed as asked.</summary>
    public void Removed()
    {
        WasRemoved = true;
        Gone("it was removed");
    }

    /// <summary>
    /// It was read under a configuration: that is in force, also where nobody has ever named it, as who was alone had it
    /// recorded when a view began.
    /// </summary>
    public void Led(SessionVersion version, Placement? placement) =>
        history.Ledger.Acknowledged(Id, version.Epoch, placement);

    /// <summary>The cluster says that all holders have died.</summary>
    public void Lost(Observation began)
    {
        history.Lost++;
        if (!IsGone || _goneAt >= began.Moment)
        {
            bool isPromised = IsConfirmed && began.Moment > _anewAt;
            FailIf(isPromised ? history.Ledger.WhyNotLost(Id) : null, "");
            Gone("it was said to be lost");
        }
        else if (WasRemoved && began.Moment > _anewAt && history.Ledger.IsEndKnown(Id))
        {
            // Who calls it lost has begun a view without what one that lives had recorded.
            Fail("it is said to be lost although it was removed before");
        }
    }

    /// <summary>
    /// The cluster could not tell. That is allowed while there are faults, and for a bounded time after.
    /// </summary>
    public void WasUnavailable() => history.Unavailable++;

    /// <summary>The primary says that it has expired.</summary>
    public void Expired() =>
        FailIf(MayBeExpired ? null : $"it expired {history.Now - LastUsed} after it was used", "");

    /// <summary>Why nobody holds what was acknowledged; nothing, where all is well.</summary>
    /// <param name="held">The highest sequence that any living process holds; -1 where none has a copy.</param>
    public string? WhyNotHeld(long held)
    {
        bool mayBeAway = !IsConfirmed || IsGone || MayBeRemoved || MayBeExpired || held >= _newest.Sequence
            || history.Ledger.WhyNotLost(Id) is null || history.Ledger.MayBeForgotten(Id);
        return mayBeAway ? null : $"{_newest} was acknowledged, but the newest copy is of sequence {held}";
    }

    /// <summary>Why what is gone is still held; nothing, where all is well. For a cluster at rest.</summary>
    public string? WhyStillHeld(SimulatedCluster cluster)
    {
        bool isHeld = cluster.Processes.Any(process => process.Machine.StateOf(Id) is not null);
        return !isHeld || history.Ledger.MayBeForgotten(Id) ? null
            : IsGone ? $"there are copies although {_goneBecause}"
            : MustBeExpired ? $"there are copies although it was not used for {history.Now - _lastTried}" : null;
    }

    /// <summary>
    /// All who live have this of it, after those who knew it better may have died: so it is from now on. Whatever was
    /// written before may have come true or not; of what was asked before nothing is checked any more.
    /// </summary>
    public void BeginAnew(SessionVersion held)
    {
        (_anewAt, KnownSince) = (history.NextMoment(), history.Now);
        foreach (WriteRecord write in _writes.Values)
        {
            (write.Acknowledged, write.Version) = (WriteRecord.Never, default);
        }

        foreach (KeyHistory key in _keys.Values)
        {
            key.BeginAnew();
        }

        _bySequence.Clear();
        (_acknowledgements, _exclusions) = (new AcknowledgementChecker(Id), new ExclusionChecker());
        _newest = held;
        LastUsed = TimeSpan.Zero;
    }

    /// <summary>After those who knew it better may have died nobody who lives has anything of it.</summary>
    public void StaysGone()
    {
        _anewAt = history.NextMoment();
        Gone("nobody had it who lived");
    }

    private void Gone(string because)
    {
        if (!IsGone)
        {
            _goneAt = history.NextMoment();
            _goneBecause = because;
        }
    }

    private void Confirm(Observation began, SessionVersion version, long moment)
    {
        _confirmedAt = Math.Min(_confirmedAt, moment);
        LastUsed = began.Time > LastUsed ? began.Time : LastUsed;
        if (!history.Ledger.MayBeForgotten(Id))
        {
            // Where there are sides, one may have removed what another one has.
            Removals.Survived(began);
        }

        _newest = new SessionVersion(
            version.Epoch > _newest.Epoch ? version.Epoch : _newest.Epoch,
            Math.Max(version.Sequence, _newest.Sequence));
    }

    /// <summary>Whether it is one history since that began; what is gone before has no answers.</summary>
    private bool IsPromised(Observation began, WriteRecord? write, string what)
    {
        FailIf(_goneAt < began.Moment ? $"{write} {what} although {_goneBecause} before".TrimStart() : null, "");
        return began.Moment > _anewAt;
    }

    private void CheckOrder(Observation began, SessionVersion version, long leastSequence, WriteRecord? write)
    {
        if (version.Epoch < began.Newest.Epoch || version.Sequence < leastSequence)
        {
            string what = write is null ? "load" : $"commit {write}";
            Fail($"{what} answered version {version} although {began.Newest} was answered before it began");
        }
    }

    private KeyHistory HistoryOf(string key) =>
        _keys.TryGetValue(key, out KeyHistory? known) ? known : _keys[key] = new KeyHistory(key);

    private void FailIf(string? reason, string key)
    {
        if (reason is not null)
        {
            Fail(key.Length == 0 ? reason : $"key {key}: {reason}");
        }
    }

    /// <summary>Of a session whose newest configuration only the dead knew nothing is promised.</summary>
    private void Fail(string reason)
    {
        if (!history.Ledger.MayBeForgotten(Id))
        {
            throw new SimulationFailedException($"session {Name}: {reason}");
        }
    }
}
