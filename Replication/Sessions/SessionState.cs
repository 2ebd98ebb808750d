using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>
/// All values of a session at one version. Immutable, so that a request may read it while a commit makes the next one.
/// Values are kept in ordinal order of their keys.
/// </summary>
public sealed class SessionState
{
    /// <summary>How many outcomes a session remembers at most; the oldest is forgotten first.</summary>
    public const int OutcomesMaximum = 1024;

    /// <summary>How many outcomes a session remembers however old they are.</summary>
    public const int OutcomesKept = 32;

    /// <summary>
    /// How much older than the latest a further outcome may be to be remembered, in tenths of a second: longer than all
    /// tries of a request take together.
    /// </summary>
    public const int OutcomesAge = 300;

    /// <summary>
    /// Of how many of them it remembers the answer, however old; of those before only that there was a request with
    /// this key, but for some young ones: see <see cref="YoungAnswersMaximum"/>.
    /// </summary>
    public const int AnswersMaximum = 8;

    /// <summary>
    /// Of how many it remembers the answer where they are not older than <see cref="YoungAnswersAge"/>: those of the
    /// requests that run at once, any of which may be sent again when their node dies.
    /// </summary>
    public const int YoungAnswersMaximum = 128;

    /// <summary>How much older than the latest outcome the further answers may be, in tenths of a second.</summary>
    public const int YoungAnswersAge = 30;

    /// <summary>How long the further answers may be together, in bytes.</summary>
    public const int YoungAnswersBytes = 16 * 1024;

    private static readonly Comparison<SessionValue> ByKey =
        static (left, right) => string.CompareOrdinal(left.Key, right.Key);

    private readonly SessionValue[] _values;
    private readonly OutcomeHistory _outcomes;

    private SessionState(SessionValue[] values, OutcomeHistory outcomes, ChangeMarks? marks)
    {
        Marks = marks;
        _values = values;
        _outcomes = outcomes;
        ValueBytes = SizeOf(values);
        Bytes = ValueBytes + outcomes.Bytes;
    }

    /// <summary>The state of a session without values.</summary>
    public static SessionState Empty { get; } = new([], OutcomeHistory.Empty, null);

    /// <summary>The values, in ordinal order of their keys.</summary>
    public IReadOnlyList<SessionValue> Values => _values;

    /// <summary>The outcomes of the latest requests, oldest first.</summary>
    public IReadOnlyList<RecordedOutcome> Outcomes => _outcomes;

    /// <summary>
    /// Whether it has forgotten outcomes that are not older than <see cref="OutcomesAge"/>, as there were so many: of a
    /// key that is not there, nobody can tell then whether its request was executed.
    /// </summary>
    public bool HasForgottenOutcomes => _outcomes.HasForgottenYoung;

    /// <summary>The size of all keys and values and outcomes, in bytes (two for a character of a key).</summary>
    public int Bytes { get; }

    /// <summary>The size of the keys and values alone, which the application answers for.</summary>
    public int ValueBytes { get; }

    /// <summary>When the latest outcome was recorded, on the session's clock; 0 where there is none.</summary>
    internal long LatestOutcomeAt => _outcomes.LatestAt;

    /// <summary>
    /// Whether a side has begun the session without anything of what it had, as all who held it are out of reach, and
    /// nobody has changed it since; only with <see cref="PartitionPolicy.Available"/>.
    /// </summary>
    public bool IsBegunAnew => Marks is { Beginnings.Count: > 0, Seen.Lines.Count: 0 };

    /// <summary>Which commits it is made of; nothing with <see cref="PartitionPolicy.Majority"/>.</summary>
    internal ChangeMarks? Marks { get; }

    /// <summary>Builds a state from values in any order.</summary>
    /// <exception cref="ArgumentException">A key occurs twice.</exception>
    public static SessionState From(IEnumerable<SessionValue> values, IEnumerable<RecordedOutcome>? outcomes = null)
    {
        SessionValue[] sorted = [.. values];
        Array.Sort(sorted, ByKey);
        for (int index = 1; index < sorted.Length; index++)
        {
            if (string.Equals(sorted[index - 1].Key, sorted[index].Key, StringComparison.Ordinal))
            {
                throw new ArgumentException($"The key '{sorted[index].Key}' occurs twice.", nameof(values));
            }
        }

        OutcomeHistory kept = outcomes is null ? OutcomeHistory.Empty : OutcomeHistory.Of([.. outcomes]);
        return sorted.Length == 0 && kept.Count == 0 ? Empty : new SessionState(sorted, kept, null);
    }

    /// <summary>Finds a value.</summary>
    public bool TryGet(string key, out byte[]? value)
    {
        int index = IndexOf(key);
        value = index >= 0 ? _values[index].Bytes : null;
        return index >= 0;
    }

    /// <summary>Finds what an earlier request with this key answered.</summary>
    public RecordedOutcome? OutcomeOf(Guid requestKey) => _outcomes.Find(requestKey);

    /// <summary>The state after a delta.</summary>
    public SessionState Apply(SessionDelta delta)
    {
        ArgumentNullException.ThrowIfNull(delta);
        SessionValue[] values = delta.Set.Count == 0 && delta.Removed.Count == 0 ? _values : Merge(delta);
        return new SessionState(values, delta.Outcome is null ? _outcomes : _outcomes.With(delta.Outcome), Marks);
    }

    /// <summary>The state after a commit that other sides may not see.</summary>
    internal SessionState Apply(SessionDelta delta, ChangeStamp stamp)
    {
        SessionState state = Apply(delta);
        return state.WithMarks(ChangeMarks.After(Marks ?? ChangeMarks.OfNothing, delta, stamp, state));
    }

    /// <summary>The same values with other marks.</summary>
    internal SessionState WithMarks(ChangeMarks? marks) =>
        ReferenceEquals(marks, Marks) ? this : new SessionState(_values, _outcomes, marks);

    /// <summary>Whether another one holds the same values and remembers the same requests.</summary>
    internal bool HasContentOf(SessionState other)
    {
        bool isSame = _values.Length == other._values.Length && _outcomes.RemembersAs(other._outcomes);
        for (int index = 0; isSame && index < _values.Length; index++)
        {
            isSame = _values[index].Key == other._values[index].Key
                && _values[index].Bytes.AsSpan().SequenceEqual(other._values[index].Bytes);
        }

        return isSame;
    }

    private SessionValue[] Merge(SessionDelta delta)
    {
        if (delta.Removed.Count == 0 && TryReplaceInPlace(delta) is { } replaced)
        {
            return replaced;
        }

        var merged = new SessionValue[_values.Length + delta.Set.Count];
        int count = 0;
        foreach (SessionValue value in _values)
        {
            if (!Removes(delta, value.Key) && !Sets(delta, value.Key))
            {
                merged[count++] = value;
            }
        }

        for (int position = 0; position < delta.Set.Count; position++)
        {
            merged[count++] = delta.Set[position];
        }

        merged.AsSpan(0, count).Sort(ByKey);
        return count == merged.Length ? merged : merged.AsSpan(0, count).ToArray();
    }

    /// <summary>The usual case, a new value under an old key, needs one copy of the array and no sort.</summary>
    private SessionValue[]? TryReplaceInPlace(SessionDelta delta)
    {
        for (int position = 0; position < delta.Set.Count; position++)
        {
            if (IndexOf(delta.Set[position].Key) < 0)
            {
                return null;
            }
        }

        SessionValue[] replaced = _values.AsSpan().ToArray();
        for (int position = 0; position < delta.Set.Count; position++)
        {
            SessionValue value = delta.Set[position];
            int index = IndexOf(value.Key);
            replaced[index] = new SessionValue(replaced[index].Key, value.Bytes);
        }

        return replaced;
    }

    private static bool Sets(SessionDelta delta, string key)
    {
        for (int position = 0; position < delta.Set.Count; position++)
        {
            if (string.Equals(delta.Set[position].Key, key, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Removes(SessionDelta delta, string key)
    {
        for (int position = 0; position < delta.Removed.Count; position++)
        {
            if (string.Equals(delta.Removed[position], key, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private int IndexOf(string key)
    {
        int low = 0;
        int high = _values.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int order = string.CompareOrdinal(_values[middle].Key, key);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    private static int SizeOf(SessionValue[] values)
    {
        int bytes = 0;
        foreach (SessionValue value in values)
        {
            bytes += (value.Key.Length * 2) + value.Bytes.Length;
        }

        return bytes;
    }
}
