namespace SessionCluster.Replication.Sessions;

/// <summary>When a key was changed last.</summary>
/// <param name="Sequence">The session's sequence after the change.</param>
/// <param name="Node">The session's primary at the time.</param>
internal readonly record struct ChangeStamp(long Sequence, NodeId Node)
{
    /// <summary>Whether this change stays where another side has changed the same key: the later version, then the first name.</summary>
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
/// What this side had when it divided from others, and so the most that both have: the sequence then; below 0 where it
/// had nothing; <see cref="Everything"/> before any division.
/// </param>
/// <param name="keys">The marks in ordinal order of the keys, each key once.</param>
internal sealed class ChangeMarks(long common, IReadOnlyList<KeyMark> keys)
{
    /// <summary>The sequence up to which all is common before any division.</summary>
    public const long Everything = long.MaxValue;

    /// <summary>Marks of a session that begins on one side.</summary>
    public static ChangeMarks OfNothing { get; } = new(-1, []);

    public long Common { get; } = common;

    public IReadOnlyList<KeyMark> Keys { get; } = keys;

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

        return Of(marks?.Common ?? Everything, changed);
    }

    public static ChangeMarks Of(long common, SortedDictionary<string, ChangeStamp> changed)
    {
        while (changed.Count > WireLimits.Keys)
        {
            changed.Remove(changed.MinBy(static mark => mark.Value.Sequence).Key);
        }

        return new ChangeMarks(common, [.. changed.Select(static mark => new KeyMark(mark.Key, mark.Value))]);
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
