using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication.Sessions;

/// <summary>A value that was answered on one side and gave way to that of another.</summary>
internal readonly record struct OverwrittenKey(string Key, ChangeStamp Stamp);

/// <summary>
/// Makes one state of those of two sides, key by key. Where one side has seen the other's change of a key, it has that
/// side's value, or none where that side has removed it. Where neither has, the change with the higher sequence stays,
/// and of equal ones that of the primary with the smaller name. Which of the two is asked makes no difference.
/// </summary>
internal sealed class SessionMerge
{
    private readonly SessionState _mine;
    private readonly SessionState _theirs;
    private readonly ChangeMarks _myMarks;
    private readonly ChangeMarks _theirMarks;
    private readonly long? _excludedFrom;
    private readonly List<SessionValue> _values = [];
    private readonly SortedDictionary<string, ChangeStamp> _stamps = new(StringComparer.Ordinal);
    private readonly List<OverwrittenKey> _overwritten = [];

    private SessionMerge(SessionState mine, SessionState theirs, long? excludedFrom)
    {
        _mine = mine;
        _theirs = theirs;
        _excludedFrom = excludedFrom;
        _myMarks = mine.Marks ?? ChangeMarks.OfNothing;
        _theirMarks = theirs.Marks ?? ChangeMarks.OfNothing;
    }

    /// <summary>Whether the result is another state than this side's.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>The values that gave way, on whichever side they were.</summary>
    public IReadOnlyList<OverwrittenKey> Overwritten => _overwritten;

    public SessionState State { get; private set; } = SessionState.Empty;

    /// <param name="mine">The state of the side that keeps its view.</param>
    /// <param name="theirs">What the other side hands in.</param>
    /// <param name="excludedFrom">
    /// The present view, where the other one is a process that was excluded from its line and has not served since:
    /// what it has and the others have not was never answered, unless they have begun the session anew.
    /// </param>
    public static SessionMerge Of(SessionState mine, SessionState theirs, long? excludedFrom = null)
    {
        var merge = new SessionMerge(mine, theirs, excludedFrom);
        foreach (string key in merge.Keys())
        {
            merge.Decide(key);
        }

        RecordedOutcome[] outcomes = merge.Outcomes();
        merge.IsChanged |= !outcomes.SequenceEqual(mine.Outcomes)
            || !merge._myMarks.Seen.Contain(merge._theirMarks.Seen);
        SessionState state = SessionState.From(merge._values, outcomes);
        merge.State = state.WithMarks(ChangeMarks.Of(
            merge._stamps,
            merge._myMarks.Seen.With(merge._theirMarks.Seen),
            merge._myMarks.Beginnings.Concat(merge._theirMarks.Beginnings),
            state));
        return merge;
    }

    private SortedSet<string> Keys()
    {
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        keys.UnionWith(_myMarks.Keys.Select(static mark => mark.Key));
        keys.UnionWith(_theirMarks.Keys.Select(static mark => mark.Key));
        return keys;
    }

    private void Decide(string key)
    {
        ChangeStamp? mine = _myMarks.Find(key);
        ChangeStamp? theirs = _theirMarks.Find(key);
        Choice choice = mine == theirs ? Choice.Mine : Choose(mine, theirs);
        _ = _mine.TryGet(key, out byte[]? myValue);
        _ = _theirs.TryGet(key, out byte[]? theirValue);
        bool isSame = myValue.AsSpan().SequenceEqual(theirValue) && myValue is null == theirValue is null;
        if (!isSame && choice.IsConflict)
        {
            _overwritten.Add(new OverwrittenKey(key, (choice.IsMine ? theirs : mine)!.Value));
        }

        IsChanged |= !choice.IsMine;
        if ((choice.IsMine ? myValue : theirValue) is { } value)
        {
            _values.Add(new SessionValue(key, value));
        }

        if ((choice.IsMine ? mine : theirs) is { } stamp)
        {
            _stamps[key] = stamp;
        }
    }

    private Choice Choose(ChangeStamp? mine, ChangeStamp? theirs)
    {
        if (mine is not { } my)
        {
            return _myMarks.Seen.Contain(theirs!.Value) ? Choice.Mine : Choice.Theirs;
        }

        if (theirs is not { } their)
        {
            return _theirMarks.Seen.Contain(my) ? Choice.Theirs : Choice.Mine;
        }

        bool haveSeenTheirs = _myMarks.Seen.Contain(their);
        bool haveTheySeenMine = _theirMarks.Seen.Contain(my);
        if (haveSeenTheirs != haveTheySeenMine)
        {
            return haveSeenTheirs ? Choice.Mine : Choice.Theirs;
        }

        return haveSeenTheirs ? (my.Beats(their) ? Choice.Mine : Choice.Theirs) : ChooseOfBoth(my, their);
    }

    /// <summary>
    /// Neither has seen the other's. What was never answered does not come after what was. What was there before a side
    /// began anew is older than what it did then, and gives way without having been seen: that counts.
    /// </summary>
    private Choice ChooseOfBoth(ChangeStamp mine, ChangeStamp theirs)
    {
        if (WasNeverAnswered(theirs))
        {
            return Choice.Mine;
        }

        bool isMineOld = _theirMarks.IsOlder(mine, theirs);
        bool areTheirsOld = _myMarks.IsOlder(theirs, mine);
        return new Choice(isMineOld != areTheirsOld ? areTheirsOld : mine.Beats(theirs), IsConflict: true);
    }

    private bool WasNeverAnswered(ChangeStamp theirs) =>
        _excludedFrom is { } view && theirs.IsUpTo(view) && !_myMarks.IsBeforeBeginning(theirs);

    /// <summary>
    /// A request that was executed on either side is remembered, or a second try would be executed again. Where there
    /// are too many, each side keeps its latest.
    /// </summary>
    private RecordedOutcome[] Outcomes()
    {
        // The clocks of two sides tell nothing of one another: what comes from the other side counts as new. How many
        // of the answers stay is a rule of the state that is made of them.
        long latest = _mine.Outcomes is [.., { } last] ? last.At : 0;
        int room = Math.Max(SessionState.OutcomesMaximum / 2, SessionState.OutcomesMaximum - _mine.Outcomes.Count);
        List<RecordedOutcome> news =
            [.. _theirs.Outcomes.Where(outcome => _mine.OutcomeOf(outcome.RequestKey) is null).TakeLast(room)
                .Select(outcome => outcome with { At = latest })];
        return [.. _mine.Outcomes.TakeLast(SessionState.OutcomesMaximum - news.Count), .. news];
    }

    private readonly record struct Choice(bool IsMine, bool IsConflict)
    {
        public static Choice Mine => new(true, false);

        public static Choice Theirs => new(false, false);
    }
}
