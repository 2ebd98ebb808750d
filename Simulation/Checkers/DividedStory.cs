using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// One session while sides may serve it on their own. Each commit leaves a key of its own beside what it writes, so
/// which commits a state contains can be read from it.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="session">The session.</param>
internal sealed class DividedStory(SimulatedCluster cluster, SessionId session)
{
    private readonly List<AcknowledgedCommit> _acknowledged = [];
    private readonly List<Begun> _begun = [];
    private readonly SessionSides _sides = new(cluster, session);

    private readonly Dictionary<(Member Primary, long Sequence), SessionState> _made = [];
    private readonly Dictionary<long, TimeSpan> _usedAt = [];
    private bool _isEndForgotten;

    private string Name => cluster.NameOf(session);

    /// <summary>Whether the application was told that the session is removed.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Whether a side has ended it because it was not used there.</summary>
    public bool HasExpired { get; set; }

    /// <summary>How many values were reported as overwritten.</summary>
    public int Overwritten { get; set; }

    private bool MayBeGone =>
        IsRemoved || HasExpired || cluster.History.Find(session) is { MayBeRemoved: true } or { MayBeExpired: true };

    public void Committed(SimulatedProcess by, WriteRecord write, SessionVersion version, long moment)
    {
        SimulatedProcess primary = cluster.Nodes[cluster.HostOf(version.Epoch.Node)].Process ?? by;
        SessionState? state = _made.GetValueOrDefault((primary.Member, version.Sequence))
            ?? primary.Machine.StateOf(session) ?? by.Machine.StateOf(session);
        _usedAt[LineageOf(by)] = cluster.Queue.Now;
        _acknowledged.Add(
            new AcknowledgedCommit(write, version, LineageOf(by), by.Machine.View.Number, moment, state));
    }

    /// <summary>A process may have committed.</summary>
    public void Changed(SimulatedProcess by)
    {
        if (by.Machine.StateOf(session) is { } state)
        {
            _made[(by.Member, by.Machine.SequenceOf(session))] = state;
        }
    }

    /// <summary>
    /// A lineage goes on without what it had: it began the session anew, or the session has expired there.
    /// </summary>
    /// <param name="by">Who has begun it.</param>
    /// <param name="moment">When.</param>
    /// <param name="dividedFrom">The view from which this one's lineage divided; nothing where it did not.</param>
    public void BegunAnew(SimulatedProcess by, long moment, long? dividedFrom = null)
    {
        _begun.Add(new Begun(LineageOf(by), by.Machine.View.Number, dividedFrom, moment));
        _sides.BegunAnew(by);
    }

    /// <summary>A configuration has come into force on a side.</summary>
    public void CameIntoForce(SimulatedProcess by, in Configuration configuration)
    {
        _sides.CameIntoForce(by, configuration);
        NoteWhatItHas(by);
    }

    /// <summary>A side has all that one of its holders has: what is lost there is lost, though others have a part of it.</summary>
    public void NoteWhatItHas(SimulatedProcess process)
    {
        if (process.Machine.StateOf(session) is not { } state)
        {
            return;
        }

        SessionSides.Side side = _sides.Of(process);
        foreach (AcknowledgedCommit known in _acknowledged)
        {
            if (!known.MayGo && Has(state, known.Write.Number) && !known.SeenBy.Contains(side))
            {
                known.SeenBy.Add(side);
            }
        }
    }

    /// <summary>
    /// Everybody who knew that the session is removed may have died, or who had a commit: another side may bring what
    /// was before. Who was about to become a holder, and is not by any record that it knows, need not keep what it has.
    /// </summary>
    public void ProcessEnded()
    {
        _isEndForgotten |=
            IsRemoved && !cluster.Processes.Any(process => process.Machine.PlacementOf(session) is { IsRemoved: true });
        SessionState[] states = StatesOf(_sides.IsRecordedHolder);
        foreach (AcknowledgedCommit known in _acknowledged)
        {
            known.IsLost |= !Array.Exists(states, state => Has(state, known.Write.Number));
        }

        NoteWhatMayGo();
    }

    /// <summary>What nobody has by what is in force, or the last side that had it has lost, may go with older copies.</summary>
    public void NoteWhatMayGo()
    {
        SessionState[] states = StatesOf(_sides.IsHolder);
        foreach (AcknowledgedCommit known in _acknowledged)
        {
            known.MayGo |= known.IsLost || (known.SeenBy.Count > 0 && _sides.IsDead(known.SeenBy[^1]))
                || !Array.Exists(states, state => Has(state, known.Write.Number));
        }
    }

    /// <summary>A lineage has one history: what was acknowledged in it is read in it.</summary>
    public void Loaded(SimulatedProcess by, SessionState state, long began)
    {
        long lineage = LineageOf(by);
        _usedAt[lineage] = cluster.Queue.Now;
        long since = _begun.FindLast(begun => begun.Lineage == lineage)?.Moment ?? -1;
        foreach (AcknowledgedCommit known in _acknowledged)
        {
            bool isDue = known.Lineage == lineage && known.Moment < began && known.Moment > since;
            if (isDue && !Has(state, known.Write.Number) && !known.IsLost)
            {
                throw new SimulationFailedException(
                    $"session {Name}: {by.Member} reads a state without {known.Write}, which its side had acknowledged");
            }
        }
    }

    /// <summary>Why a side cannot say that there is no such session; nothing, where it can.</summary>
    public string? WhyNotUnknown(SimulatedProcess by, long began)
    {
        long lineage = LineageOf(by);
        bool isKnown = _acknowledged.Exists(known => known.Lineage == lineage && known.Moment < began);
        bool mayHaveExpired =
            cluster.Queue.Now - _usedAt.GetValueOrDefault(lineage) >= cluster.Options.ShortestIdleTimeout * 0.8;
        return isKnown && !MayBeGone && !mayHaveExpired
            ? $"session {Name}: {by.Member} does not find it, though its side had it"
            : null;
    }

    /// <summary>Why the end is not as promised; nothing, where it is.</summary>
    public string? WhyNotWhole(bool mayLose)
    {
        SessionState[] states = StatesOf(static _ => true);
        if (IsRemoved)
        {
            return states.Length == 0 || _isEndForgotten
                ? null : $"session {Name}: there are copies although it was removed";
        }

        if (states.Length == 0)
        {
            return mayLose || MayBeGone || _acknowledged.Count == 0
                ? null
                : $"session {Name}: it is gone, with {_acknowledged.Count} acknowledged commits";
        }

        return MayBeGone ? null : WhyIncomplete(states[0], mayLose) ?? (mayLose ? null : WhyWronglyMerged(states[0]));
    }

    /// <summary>Why a commit is gone though a holder lives that had it, whatever its side; nothing, where none is.</summary>
    public string? WhyNotHeld()
    {
        if (MayBeGone || _acknowledged.TrueForAll(static known => known.MayGo))
        {
            return null;
        }

        foreach (SimulatedProcess process in cluster.Processes)
        {
            NoteWhatItHas(process);
        }

        SessionState[] states = StatesOf(static _ => true);
        AcknowledgedCommit? gone = _acknowledged.Find(
            known => !known.MayGo && !Array.Exists(states, state => Has(state, known.Write.Number)));
        return gone is null ? null : $"session {Name}: nobody has {gone.Write} any more, and who held it lives";
    }

    private string? WhyIncomplete(SessionState state, bool mayLose)
    {
        AcknowledgedCommit? lost = _acknowledged.FirstOrDefault(
            known => !(mayLose && known.MayGo) && !Has(state, known.Write.Number));
        return lost is null
            ? null
            : $"session {Name}: {lost.Write} is lost, which lineage {lost.Lineage:x} had acknowledged";
    }

    /// <summary>
    /// Of each key the value is one that no other acknowledged value has replaced, and the rest was counted.
    /// </summary>
    private string? WhyWronglyMerged(SessionState state)
    {
        int least = 0;
        foreach (string key in _acknowledged.SelectMany(static known => known.Write.Keys).Select(
            static part => part.Key).Distinct())
        {
            AcknowledgedCommit[] writes = [.. _acknowledged.Where(known => known.Write.Keys.Any(part => part.Key == key))];
            AcknowledgedCommit[] last = [.. writes.Where(known => !Array.Exists(writes, other => IsBefore(known, other)))];
            long value = state.TryGet(key, out byte[]? bytes) ? WorkloadValue.Number(bytes!) : 0;
            AcknowledgedCommit? survivor = Array.Find(writes, known => known.Write.Number == value);
            if (value == 0 || (survivor is not null
                && (!last.Contains(survivor)
                    || Array.Exists(last, known => IsOlder(survivor, known) || GivesWay(survivor, known)))))
            {
                string latest = string.Join(" and ", last.Select(static known => known.Write));
                return $"session {Name}: key {key} is #{value}, but {latest} came last";
            }

            if (survivor is not null && BodyOf(state, key) is var body && body != ExpectedBody(survivor, key))
            {
                return $"session {Name}: key {key} is #{value}, and its body is of #{body}";
            }

            least += survivor is null ? 0 : last.Count(known => known != survivor && !MayPrecede(known, survivor));
        }

        return Overwritten >= least
            ? null
            : $"session {Name}: {least} values or more were overwritten, but {Overwritten} were counted";
    }

    /// <summary>A key and its body are changed together, or the body is removed, so one commit decides for both.</summary>
    private static long ExpectedBody(AcknowledgedCommit survivor, string key) =>
        survivor.Write.Keys.Any(part => part.Key == key && part.HasBody) ? survivor.Write.Number : 0;

    private static long BodyOf(SessionState state, string key) =>
        state.TryGet(KeyWrite.BodyOf(key), out byte[]? bytes) ? WorkloadValue.Number(bytes!) : 0;

    private SessionState[] StatesOf(Func<SimulatedProcess, bool> counts) =>
    [
        .. cluster.Processes.Where(counts).Select(process => process.Machine.StateOf(session)).OfType<SessionState>(),
    ];

    private bool IsBefore(AcknowledgedCommit one, AcknowledgedCommit other) => one.Lineage == other.Lineage
        ? MayPrecede(one, other) || (one.Version.Sequence < other.Version.Sequence && !MayPrecede(other, one))
        : Has(other.State, one.Write.Number) && !Has(one.State, other.Write.Number);

    /// <summary>
    /// Of two changes of different sides that neither side has seen, the higher sequence stays, and of the same one that
    /// of the smaller name.
    /// </summary>
    private bool GivesWay(AcknowledgedCommit one, AcknowledgedCommit other)
    {
        bool isFreeChoice = one.Lineage != other.Lineage && !MayPrecede(one, other) && !MayPrecede(other, one)
            && !Has(other.State, one.Write.Number) && !Has(one.State, other.Write.Number);
        return isFreeChoice && (one.Version.Sequence != other.Version.Sequence
            ? one.Version.Sequence < other.Version.Sequence
            : other.Version.Epoch.Node < one.Version.Epoch.Node);
    }

    /// <summary>
    /// Whether one was acknowledged up to the view from which the other's side divided, which began the session without
    /// it and has made the other since: then it gives way, whatever its sequence.
    /// </summary>
    private bool IsOlder(AcknowledgedCommit one, AcknowledgedCommit other) => _begun.Exists(
        begun => begun.Lineage == other.Lineage && begun.Moment < other.Moment && other.View >= begun.View
            && begun.DividedFrom is { } whole && ViewNumber.LineageOf(whole) == one.Lineage
            && one.View <= whole && one.Moment < begun.Moment && !Has(other.State, one.Write.Number));

    /// <summary>
    /// What was acknowledged before a side began the session without values may be older than the division, and then
    /// gives way without being counted: only one side has changed the key since.
    /// </summary>
    private bool MayPrecede(AcknowledgedCommit one, AcknowledgedCommit other) =>
        _begun.Exists(begun => one.Moment < begun.Moment && begun.Moment < other.Moment);

    private static bool Has(SessionState? state, long number) =>
        state is not null && state.TryGet(DividedChecker.TraceKey(number), out _);

    private static long LineageOf(SimulatedProcess process) =>
        ViewNumber.LineageOf(process.Machine.View.Number);

    /// <param name="Lineage">Which lineage.</param>
    /// <param name="View">The view in which it did.</param>
    /// <param name="DividedFrom">The view from which the lineage divided.</param>
    /// <param name="Moment">When.</param>
    private sealed record Begun(long Lineage, long View, long? DividedFrom, long Moment);
}
