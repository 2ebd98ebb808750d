using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication.Sessions;

/// <summary>
/// What a session's state is made of, with <see cref="PartitionPolicy.Available"/>: which commit each key is of, and
/// which commits the state contains. So two states that sides have made of one session tell by themselves which of them
/// has seen the other's change of a key, however often the sides have divided and met. Immutable; travels with the
/// state.
/// </summary>
/// <param name="keys">
/// The marks in ordinal order of the keys, each key once; of keys without a value, which were removed, the latest ones.
/// </param>
/// <param name="seen">Which commits the state contains.</param>
/// <param name="beginnings">Where sides have begun the session without what others had, in their order.</param>
internal sealed class ChangeMarks(KeyMark[] keys, SeenChanges seen, Beginning[] beginnings)
{
    /// <summary>Of how many removed keys it is remembered when.</summary>
    public const int RemovedMaximum = 16;

    /// <summary>How many beginnings are remembered.</summary>
    public const int BeginningsMaximum = 8;

    /// <summary>Marks of a state that nothing was ever committed to.</summary>
    public static ChangeMarks OfNothing { get; } = new([], SeenChanges.Nothing, []);

    public IReadOnlyList<KeyMark> Keys => keys;

    public SeenChanges Seen => seen;

    public IReadOnlyList<Beginning> Beginnings => beginnings;

    /// <summary>Whether every key is of a commit that is remembered as seen, as long as not too many were.</summary>
    public bool AreComplete => Array.TrueForAll(keys, mark => seen.Contain(mark.Stamp));

    /// <summary>The marks of a state that a commit has made of another one.</summary>
    /// <param name="marks">The other one's.</param>
    /// <param name="delta">What the commit has changed.</param>
    /// <param name="stamp">The commit.</param>
    /// <param name="state">The state that it has made.</param>
    public static ChangeMarks After(ChangeMarks marks, SessionDelta delta, ChangeStamp stamp, SessionState state)
    {
        SeenChanges seen = marks.Seen.With(stamp);
        if (delta.Removed.Count == 0 && TryReplace(marks, delta, stamp) is { } replaced)
        {
            return new ChangeMarks(replaced, seen, [.. marks.Beginnings]);
        }

        var changed = new SortedDictionary<string, ChangeStamp>(StringComparer.Ordinal);
        foreach (KeyMark mark in marks.Keys)
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

        return Of(changed, seen, marks.Beginnings, state);
    }

    /// <summary>Marks of a state; of keys that it has not, the oldest beyond the limit are forgotten.</summary>
    public static ChangeMarks Of(
        SortedDictionary<string, ChangeStamp> stamps,
        SeenChanges seen,
        IEnumerable<Beginning> beginnings,
        SessionState state)
    {
        List<KeyMark> removed =
            [.. stamps.Where(mark => !state.TryGet(mark.Key, out _)).Select(
                static mark => new KeyMark(mark.Key, mark.Value))];
        foreach (KeyMark old in removed.OrderBy(static mark => mark.Stamp.Sequence).Take(
            removed.Count - RemovedMaximum))
        {
            stamps.Remove(old.Key);
        }

        return new ChangeMarks(
            [.. stamps.Select(static mark => new KeyMark(mark.Key, mark.Value))],
            seen,
            Bounded(beginnings, BeginningsMaximum));
    }

    /// <summary>The marks of a side that begins with what is here of a session, which may be nothing.</summary>
    public ChangeMarks BegunWith(IEnumerable<Beginning> more)
    {
        Beginning[] news = [.. more];
        Beginning[] old = Bounded(beginnings.Except(news), BeginningsMaximum - news.Length);
        return new ChangeMarks(keys, seen, Bounded(old.Concat(news), BeginningsMaximum));
    }

    /// <summary>Whether a side has begun the session after a change, perhaps without it.</summary>
    public bool IsBeforeBeginning(ChangeStamp change) =>
        Array.Exists(beginnings, beginning => change.IsUpTo(beginning.After));

    /// <summary>
    /// Whether a change was made before a side began the session without it, and another one by that side since.
    /// </summary>
    public bool IsOlder(ChangeStamp change, ChangeStamp than) =>
        Array.Exists(beginnings, beginning => change.IsUpTo(beginning.After) && beginning.IsBefore(than));

    public ChangeStamp? Find(string key)
    {
        int index = IndexOf(key);
        return index >= 0 ? keys[index].Stamp : null;
    }

    /// <summary>The usual case, new values under old keys.</summary>
    private static KeyMark[]? TryReplace(ChangeMarks marks, SessionDelta delta, ChangeStamp stamp)
    {
        KeyMark[] replaced = [.. marks.Keys];
        foreach (SessionValue value in delta.Set)
        {
            int index = marks.IndexOf(value.Key);
            if (index < 0)
            {
                return null;
            }

            replaced[index] = replaced[index] with { Stamp = stamp };
        }

        return replaced;
    }

    /// <summary>
    /// The order of lineages is not that of time: the one that stays when sides meet is the first. So where there are
    /// too many, the first of the lineage that has most goes, and of equal ones that of the lineage that gives way.
    /// </summary>
    private static Beginning[] Bounded(IEnumerable<Beginning> beginnings, int maximum)
    {
        List<Beginning> kept = [.. beginnings.Distinct().Order()];
        while (kept.Count > maximum)
        {
            long longest = kept.CountBy(static beginning => ViewNumber.LineageOf(beginning.View))
                .MaxBy(static lineage => (lineage.Value, lineage.Key)).Key;
            kept.RemoveAt(kept.FindIndex(beginning => ViewNumber.LineageOf(beginning.View) == longest));
        }

        return [.. kept];
    }

    private int IndexOf(string key)
    {
        int low = 0;
        int high = keys.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int order = string.CompareOrdinal(keys[middle].Key, key);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }
}
