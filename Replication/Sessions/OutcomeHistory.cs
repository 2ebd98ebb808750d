using System.Collections;

namespace SessionCluster.Replication.Sessions;

/// <summary>
/// The keys of a session's latest requests, oldest first, and the answers of the last of them. Immutable: the next one
/// is made by adding to the same room where nobody has added to it before.
/// </summary>
internal sealed class OutcomeHistory : IReadOnlyList<RecordedOutcome>
{
    /// <summary>How many outcomes there is room for when the first is recorded.</summary>
    public const int RoomMinimum = 4;

    private const int KeyBytes = 16;

    private readonly OutcomeKeys _keys;
    private readonly OutcomeAnswers _answers;
    private readonly int _start;

    private OutcomeHistory(OutcomeKeys keys, int start, int count, OutcomeAnswers answers) =>
        (_keys, _start, Count, _answers) = (keys, start, count, answers);

    public static OutcomeHistory Empty { get; } = new(new OutcomeKeys(0), 0, 0, OutcomeAnswers.None);

    public int Count { get; }

    /// <summary>The size of all keys and answers.</summary>
    public int Bytes => (Count * KeyBytes) + _answers.Bytes;

    /// <summary>When the latest was recorded; 0 where there is none.</summary>
    public long LatestAt => Count == 0 ? 0 : _keys.TimeAt(_start + Count - 1);

    /// <summary>
    /// Whether keys may be missing that are young enough to be asked for, as there were more than are kept.
    /// </summary>
    public bool HasForgottenYoung =>
        Count == SessionState.OutcomesMaximum && LatestAt - _keys.TimeAt(_start) <= SessionState.OutcomesAge;

    public RecordedOutcome this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            int answer = index - (Count - _answers.Count);
            byte[] response = answer >= 0 ? _answers[answer] : [];
            return new RecordedOutcome(_keys.KeyAt(_start + index), response) { At = _keys.TimeAt(_start + index) };
        }
    }

    /// <summary>A history of given outcomes; of more than are kept, the latest.</summary>
    public static OutcomeHistory Of(IReadOnlyCollection<RecordedOutcome> outcomes)
    {
        if (outcomes.Count == 0)
        {
            return Empty;
        }

        int count = Math.Min(outcomes.Count, SessionState.OutcomesMaximum);
        var keys = new OutcomeKeys(count);
        var answers = OutcomeAnswers.None;
        int place = 0;
        foreach (RecordedOutcome outcome in outcomes.Skip(outcomes.Count - count))
        {
            keys.TryAdd(place++, outcome.RequestKey, outcome.At);
            answers = answers.Count > 0 || outcome.Response.Length > 0
                ? answers.With(outcome.Response, outcome.At)
                : answers;
        }

        return new OutcomeHistory(keys, 0, count, answers);
    }

    /// <summary>Whether another one has the same keys and times.</summary>
    public bool RemembersAs(OutcomeHistory other)
    {
        bool isSame = Count == other.Count;
        for (int index = 0; isSame && index < Count; index++)
        {
            isSame = _keys.KeyAt(_start + index) == other._keys.KeyAt(other._start + index)
                && _keys.TimeAt(_start + index) == other._keys.TimeAt(other._start + index);
        }

        return isSame;
    }

    public RecordedOutcome? Find(Guid requestKey)
    {
        int place = _keys.Find(requestKey, _start, _start + Count);
        return place < 0 ? null : this[place - _start];
    }

    /// <summary>
    /// The history after one more. What goes is a function of the content alone, so all holders keep the same.
    /// </summary>
    public OutcomeHistory With(RecordedOutcome outcome)
    {
        int first = _start;
        int end = _start + Count;
        while (end - first >= SessionState.OutcomesKept
            && (end - first >= SessionState.OutcomesMaximum
                || outcome.At - _keys.TimeAt(first) > SessionState.OutcomesAge))
        {
            first++;
        }

        OutcomeAnswers answers = _answers.With(outcome.Response, outcome.At);
        int count = end - first + 1;
        if (_keys.TryAdd(end, outcome.RequestKey, outcome.At))
        {
            return new OutcomeHistory(_keys, first, count, answers);
        }

        OutcomeKeys larger = Copy(first, end);
        larger.TryAdd(end - first, outcome.RequestKey, outcome.At);
        return new OutcomeHistory(larger, 0, count, answers);
    }

    private OutcomeKeys Copy(int first, int end)
    {
        int count = end - first;
        var copy = new OutcomeKeys(Math.Max(RoomMinimum, count * 2));
        for (int place = 0; place < count; place++)
        {
            copy.TryAdd(place, _keys.KeyAt(first + place), _keys.TimeAt(first + place));
        }

        return copy;
    }

    public IEnumerator<RecordedOutcome> GetEnumerator()
    {
        for (int index = 0; index < Count; index++)
        {
            yield return this[index];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
