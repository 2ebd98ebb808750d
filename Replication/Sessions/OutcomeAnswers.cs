namespace SessionCluster.Replication.Sessions;

/// <summary>
/// The answers of a session's latest requests: a few however old they are, and further ones that are young and short.
/// Immutable. What goes is a function of the content alone, so all holders keep the same.
/// </summary>
internal readonly struct OutcomeAnswers
{
    /// <summary>How many stay, however old and long, beside one that is added.</summary>
    private const int Safe = SessionState.AnswersMaximum - 1;

    private readonly SharedEntries<Answer> _entries;
    private readonly int _start;

    /// <summary>How long those are together that do not stay in any case.</summary>
    private readonly int _furtherBytes;

    /// <summary>How long those are together that are kept no longer, but are still in memory.</summary>
    private readonly int _passedBytes;

    private OutcomeAnswers(
        SharedEntries<Answer> entries, int start, int count, int bytes, int furtherBytes, int passedBytes)
    {
        (_entries, _start, Count) = (entries, start, count);
        (Bytes, _furtherBytes, _passedBytes) = (bytes, furtherBytes, passedBytes);
    }

    public static OutcomeAnswers None { get; } = new(new SharedEntries<Answer>(0), 0, 0, 0, 0, 0);

    public int Count { get; }

    /// <summary>The size of all of them.</summary>
    public int Bytes { get; }

    public byte[] this[int index] => _entries[_start + index].Response;

    /// <summary>The answers after one more.</summary>
    public OutcomeAnswers With(byte[] response, long at)
    {
        int end = _start + Count;
        int first = _start;
        int further = _furtherBytes + (Count > Safe ? _entries[end - Safe - 1].Response.Length : 0);
        int passed = 0;
        while (end - first > Safe
            && (end - first >= SessionState.YoungAnswersMaximum
                || further > SessionState.YoungAnswersBytes
                || at - _entries[first].At > SessionState.YoungAnswersAge))
        {
            int length = _entries[first].Response.Length;
            (first, further, passed) = (first + 1, further - length, passed + length);
        }

        int bytes = Bytes - passed + response.Length;
        passed += _passedBytes;
        var answer = new Answer(response, at);
        if (passed <= SessionState.YoungAnswersBytes && _entries.TryAdd(end, answer))
        {
            return new OutcomeAnswers(_entries, first, end - first + 1, bytes, further, passed);
        }

        SharedEntries<Answer> larger = Copy(first, end);
        larger.TryAdd(end - first, answer);
        return new OutcomeAnswers(larger, 0, end - first + 1, bytes, further, 0);
    }

    private SharedEntries<Answer> Copy(int first, int end)
    {
        int count = end - first;
        var copy = new SharedEntries<Answer>(Math.Max(OutcomeHistory.RoomMinimum, count * 2));
        for (int place = 0; place < count; place++)
        {
            copy.TryAdd(place, _entries[first + place]);
        }

        return copy;
    }

    private readonly record struct Answer(byte[] Response, long At);
}
