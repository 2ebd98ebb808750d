namespace SessionCluster.Replication.Sessions;

/// <summary>When a key was changed last.</summary>
/// <param name="Sequence">The session's sequence after the change.</param>
/// <param name="Node">The session's primary at the time.</param>
internal readonly record struct ChangeStamp(long Sequence, NodeId Node)
{
    /// <summary>
    /// Whether this change stays where another side has changed the same key: the later version, then the first name.
    /// </summary>
    public bool Beats(ChangeStamp other) =>
        Sequence != other.Sequence ? Sequence > other.Sequence : Node < other.Node;
}

/// <summary>A key that was changed or removed, and when.</summary>
internal readonly record struct KeyMark(string Key, ChangeStamp Stamp);

/// <summary>
/// Which keys of a session were changed while others may have served it as well. The marks travel with the state, so
/// that every holder can tell. Immutable. Marks from before a division do no harm, as they lie within what is common.
/// </summary>
/// <param name="common">
/// Up to which sequence all is common with whoever divided from this side: the sequence that it had then; below 0 where
/// it had nothing; <see cref="Everything"/> before any division. Of two sides that have met, the lower.
/// </param>
/// <param name="had">
/// Up to which sequence the values without a mark are from before the division. Of two sides that have met, the higher.
/// </param>
/// <param name="keys">The marks in ordinal order of the keys, each key once.</param>
internal sealed class ChangeMarks(long common, long had, IReadOnlyList<KeyMark> keys)
{
    /// <summary>The sequence up to which all is common before any division.</summary>
    public const long Everything = long.MaxValue;

    /// <summary>Marks of a session that begins on one side.</summary>
    public static ChangeMarks OfNothing { get; } = new(-1, -1, []);

    public long Common { get; } = common;

    public long Had { get; } = had;

    public IReadOnlyList<KeyMark> Keys { get; } = keys;

    /// <summary>
    /// Marks of a copy that has been cut off with this sequence; those that it has had since before stay.
    /// </summary>
    public static ChangeMarks Divided(ChangeMarks? marks, long sequence) =>
        marks is null or { Common: Everything } ? new ChangeMarks(sequence, sequence, marks?.Keys ?? []) : marks;

    /// <summary>The marks after a change. Beyond the limit of a message the oldest mark is forgotten.</summary>
    public static ChangeMarks After(ChangeMarks? marks, SessionDelta delta, ChangeStamp stamp)
    {
        var changed = new SortedDictionary<string, ChangeStamp>(StringComparer.Ordinal);
        foreach (KeyMark mark in marks?.Keys ?? [])
        {
            changed[mark.Key] = mark.Stamp;
        }

        foreach (SessionValue value in delta.Set)
        {
            changed[value.Key] = stamp;
        }

        foreach (string key in delta.Removed)
        {
            changed[key] = stamp;
        }

        return Of(marks?.Common ?? Everything, marks?.Had ?? Everything, changed);
    }

    public static ChangeMarks Of(long common, long had, SortedDictionary<string, ChangeStamp> changed)
    {
        while (changed.Count > WireLimits.Keys)
        {
            changed.Remove(changed.MinBy(static mark => mark.Value.Sequence).Key);
        }

        return new ChangeMarks(common, had, [.. changed.Select(static mark => new KeyMark(mark.Key, mark.Value))]);
    }

    public ChangeStamp? Find(string key)
    {
        int low = 0;
        int high = Keys.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int order = string.CompareOrdinal(Keys[middle].Key, key);
            if (order == 0)
            {
                return Keys[middle].Stamp;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }
}
