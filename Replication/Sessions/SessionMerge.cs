namespace SessionCluster.Replication.Sessions;

/// <summary>A value that was answered on one side and gave way to that of another.</summary>
internal readonly record struct OverwrittenKey(string Key, ChangeStamp Stamp);

/// <summary>
/// Makes one state of those of two sides, key by key. A key that one side has changed since the division has that
/// side's value; where both have, the change with the higher sequence stays, and of equal ones that of the primary
/// with the smaller name. The result does not depend on which of the two is asked.
/// </summary>
internal sealed class SessionMerge
{
    private readonly SessionState _mine;
    private readonly SessionState _theirs;
    private readonly bool _areTheirsOld;
    private readonly long _common;
    private readonly List<SessionValue> _values = [];
    private readonly SortedDictionary<string, ChangeStamp> _marks = new(StringComparer.Ordinal);
    private readonly List<OverwrittenKey> _overwritten = [];

    private SessionMerge(SessionState mine, SessionState theirs, bool areTheirsOld)
    {
        _areTheirsOld = areTheirsOld;
        _mine = mine;
        _theirs = theirs;
        _common = Math.Min(CommonOf(mine), CommonOf(theirs));
    }

    /// <summary>Whether the result is another state than this side's.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>The values that gave way, on whichever side they were.</summary>
    public IReadOnlyList<OverwrittenKey> Overwritten => _overwritten;

    public SessionState State { get; private set; } = SessionState.Empty;

    /// <param name="mine">The state of the side that keeps its view.</param>
    /// <param name="theirs">What the other side hands in.</param>
    /// <param name="areTheirsOld">
    /// Whether the other one has not served since it was excluded, and this side had all of its changes then.
    /// </param>
    public static SessionMerge Of(SessionState mine, SessionState theirs, bool areTheirsOld = false)
    {
        var merge = new SessionMerge(mine, theirs, areTheirsOld);
        foreach (string key in merge.Keys())
        {
            merge.Decide(key);
        }

        RecordedOutcome[] outcomes = merge.Outcomes();
        merge.IsChanged |= outcomes.Length != mine.Outcomes.Count;
        merge.State = SessionState.From(merge._values, outcomes).WithMarks(
            ChangeMarks.Of(merge._common, Math.Max(HadBy(mine), HadBy(theirs)), merge._marks));
        return merge;
    }

    private static long CommonOf(SessionState state) => state.Marks?.Common ?? ChangeMarks.Everything;

    private static long HadBy(SessionState state) => state.Marks?.Had ?? ChangeMarks.Everything;

    private SortedSet<string> Keys()
    {
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        foreach (SessionState state in new[] { _mine, _theirs })
        {
            keys.UnionWith(state.Values.Select(static value => value.Key));
            keys.UnionWith(state.Marks?.Keys.Select(static mark => mark.Key) ?? []);
        }

        return keys;
    }

    private void Decide(string key)
    {
        ChangeStamp? mine = _mine.Marks?.Find(key);
        ChangeStamp? theirs = _theirs.Marks?.Find(key);
        bool isMineKept = IsMineKept(mine, theirs);
        _ = _mine.TryGet(key, out byte[]? myValue);
        _ = _theirs.TryGet(key, out byte[]? theirValue);
        bool isSame = myValue.AsSpan().SequenceEqual(theirValue) && myValue is null == theirValue is null;
        if (!isSame && IsSince(mine) && AreTheirsSince(theirs) && mine != theirs)
        {
            _overwritten.Add(new OverwrittenKey(key, (isMineKept ? theirs : mine)!.Value));
        }

        IsChanged |= !isMineKept && (!isSame || mine != theirs);
        if ((isMineKept ? myValue : theirValue) is { } value)
        {
            _values.Add(new SessionValue(key, value));
        }

        if ((isMineKept ? mine : theirs) is { } stamp)
        {
            _marks[key] = stamp;
        }
    }

    private bool IsMineKept(ChangeStamp? mine, ChangeStamp? theirs)
    {
        if (mine == theirs && mine is not null)
        {
            return true;
        }

        if (IsSince(mine) && AreTheirsSince(theirs))
        {
            return mine!.Value.Beats(theirs!.Value);
        }

        // Of what nobody has changed since, the side that had more of it before knows better.
        return IsSince(mine) || (!AreTheirsSince(theirs) && HadBy(_mine) >= HadBy(_theirs));
    }

    private bool IsSince(ChangeStamp? stamp) => stamp is { } known && known.Sequence > _common;

    private bool AreTheirsSince(ChangeStamp? stamp) => !_areTheirsOld && IsSince(stamp);

    /// <summary>
    /// A request that was executed on either side is remembered, or a second try would be executed again.
    /// </summary>
    private RecordedOutcome[] Outcomes()
    {
        List<RecordedOutcome> outcomes =
            [.. _theirs.Outcomes.Where(outcome => _mine.OutcomeOf(outcome.RequestKey) is null), .. _mine.Outcomes];
        int tooMany = Math.Max(0, outcomes.Count - SessionState.OutcomesMaximum);
        outcomes.RemoveRange(0, tooMany);
        for (int index = 0; index < outcomes.Count - SessionState.AnswersMaximum; index++)
        {
            outcomes[index] = outcomes[index] with { Response = [] };
        }

        return [.. outcomes];
    }
}
