using System.Collections;

namespace SessionCluster.Replication.Sessions;

/// <summary>
/// The keys of a session's latest requests, oldest first, and the answers of the last few. Immutable, though the next
/// history is made by adding to the same buffer where nobody has added to it before: each sees its own part of it only.
/// </summary>
internal sealed class OutcomeHistory : IReadOnlyList<RecordedOutcome>
{
    private const int RoomMinimum = 4;

    private readonly Buffer _buffer;
    private readonly int _start;
    private readonly byte[][] _answers;

    private OutcomeHistory(Buffer buffer, int start, int count, byte[][] answers)
    {
        (_buffer, _start, Count, _answers) = (buffer, start, count, answers);
        Bytes = count * 16;
        foreach (byte[] answer in answers)
        {
            Bytes += answer.Length;
        }
    }

    public static OutcomeHistory Empty { get; } = new(new Buffer(0), 0, 0, []);

    public int Count { get; }

    /// <summary>The size of all keys and answers.</summary>
    public int Bytes { get; }

    /// <summary>When the latest was recorded; 0 where there is none.</summary>
    public long LatestAt => Count == 0 ? 0 : _buffer.Entries[_start + Count - 1].At;

    /// <summary>
    /// Whether keys may be missing that are young enough to be asked for, as there were more than are kept.
    /// </summary>
    public bool HasForgottenYoung =>
        Count == SessionState.OutcomesMaximum && LatestAt - _buffer.Entries[_start].At <= SessionState.OutcomesAge;

    public RecordedOutcome this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            Entry entry = _buffer.Entries[_start + index];
            int answer = index - (Count - _answers.Length);
            return new RecordedOutcome(entry.Key, answer >= 0 ? _answers[answer] : []) { At = entry.At };
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
        var buffer = new Buffer(count) { Used = count };
        int index = 0;
        foreach (RecordedOutcome outcome in outcomes.Skip(outcomes.Count - count))
        {
            buffer.Entries[index++] = new Entry(outcome.RequestKey, outcome.At);
        }

        byte[][] answers =
        [
            .. outcomes.TakeLast(SessionState.YoungAnswersMaximum).Select(static outcome => outcome.Response)
                .SkipWhile(static answer => answer.Length == 0),
        ];
        return new OutcomeHistory(buffer, 0, count, answers);
    }

    /// <summary>Whether another one has the same keys and times.</summary>
    public bool RemembersAs(OutcomeHistory other) =>
        _buffer.Entries.AsSpan(_start, Count).SequenceEqual(other._buffer.Entries.AsSpan(other._start, other.Count));

    public RecordedOutcome? Find(Guid requestKey)
    {
        // The latest first: what is asked for was mostly done just now.
        for (int index = Count - 1; index >= 0; index--)
        {
            if (_buffer.Entries[_start + index].Key == requestKey)
            {
                return this[index];
            }
        }

        return null;
    }

    /// <summary>
    /// The history after one more. What goes is a function of the content alone, so all holders keep the same.
    /// </summary>
    public OutcomeHistory With(RecordedOutcome outcome)
    {
        int first = _start;
        int count = Count + 1;
        while (count > SessionState.OutcomesKept
            && (count > SessionState.OutcomesMaximum
                || outcome.At - _buffer.Entries[first].At > SessionState.OutcomesAge))
        {
            (first, count) = (first + 1, count - 1);
        }

        byte[][] answers = [.. _answers.AsSpan(FirstAnswerBefore(outcome)), outcome.Response];
        int end = _start + Count;
        if (!_buffer.TryTake(end))
        {
            var larger = new Buffer(Math.Max(RoomMinimum, (count - 1) * 2));
            _buffer.Entries.AsSpan(first, count - 1).CopyTo(larger.Entries);
            (first, end, larger.Used) = (0, count - 1, count);
            larger.Entries[end] = new Entry(outcome.RequestKey, outcome.At);
            return new OutcomeHistory(larger, first, count, answers);
        }

        _buffer.Entries[end] = new Entry(outcome.RequestKey, outcome.At);
        return new OutcomeHistory(_buffer, first, count, answers);
    }

    /// <summary>Which is the first answer that is still kept with one more outcome.</summary>
    private int FirstAnswerBefore(RecordedOutcome outcome)
    {
        int first = Math.Max(0, _answers.Length - (SessionState.AnswersMaximum - 1));
        int further = 0;
        while (first > 0 && _answers.Length - first < SessionState.YoungAnswersMaximum - 1)
        {
            further += _answers[first - 1].Length;
            Entry entry = _buffer.Entries[_start + Count - _answers.Length + first - 1];
            if (further > SessionState.YoungAnswersBytes || outcome.At - entry.At > SessionState.YoungAnswersAge)
            {
                break;
            }

            first--;
        }

        return first;
    }

    public IEnumerator<RecordedOutcome> GetEnumerator()
    {
        for (int index = 0; index < Count; index++)
        {
            yield return this[index];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private readonly record struct Entry(Guid Key, long At);

    private sealed class Buffer(int room)
    {
        /// <summary>How many places are taken, by whatever history.</summary>
        public int Used;

        public Entry[] Entries { get; } = new Entry[room];

        /// <summary>Takes the place after those of a history, unless another history has it or there is none.</summary>
        public bool TryTake(int place) =>
            place < Entries.Length && Interlocked.CompareExchange(ref Used, place + 1, place) == place;
    }
}
