namespace SessionCluster.Simulation;

/// <summary>
/// Of the requests that had a session exclusively: none may have read before another's commit and committed after it,
/// or one of two increments would be gone.
/// </summary>
internal sealed class ExclusionChecker
{
    private readonly SortedList<long, Turn> _turns = [];

    /// <summary>A request that held the session has committed.</summary>
    /// <returns>What is wrong; nothing, where all is well.</returns>
    public string? Committed(WriteRecord write, long read)
    {
        var turn = new Turn(read, write);
        // A sequence that is acknowledged twice is reported by whoever looks at all commits.
        _turns[write.Version.Sequence] = turn;
        int index = _turns.IndexOfKey(write.Version.Sequence);
        Turn? before = index > 0 ? _turns.Values[index - 1] : null;
        Turn? after = index + 1 < _turns.Count ? _turns.Values[index + 1] : null;
        return WhyNot(before, turn) ?? WhyNot(turn, after);
    }

    private static string? WhyNot(Turn? earlier, Turn? later) =>
        earlier is not null && later is not null && later.Read < earlier.Write.Version.Sequence
            ? $"{later.Write} had the session exclusively and rests on sequence {later.Read}, before {earlier.Write}"
            : null;

    private sealed record Turn(long Read, WriteRecord Write);
}
