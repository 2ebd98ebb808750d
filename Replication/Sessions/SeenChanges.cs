using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication.Sessions;

/// <summary>
/// Which commits a state contains, with all that they have overwritten since: of each primary in each view the last
/// one. What lies within is known, and was kept or replaced; what does not is news. Immutable.
/// </summary>
internal sealed class SeenChanges
{
    /// <summary>
    /// Beyond so many, the first of the lineage that has most is forgotten: changes of that time count as news again,
    /// and lose by their sequence.
    /// </summary>
    public const int LinesMaximum = 32;

    private readonly ChangeStamp[] _lines;

    /// <param name="lines">The last commit of each line, in the order of <see cref="Compare"/>, each line once.</param>
    public SeenChanges(ChangeStamp[] lines) => _lines = lines;

    public static SeenChanges Nothing { get; } = new([]);

    /// <summary>The last commit of each line, in their order.</summary>
    public IReadOnlyList<ChangeStamp> Lines => _lines;

    /// <summary>The order of lines: by view, then by the primary's name.</summary>
    public static int Compare(ChangeStamp left, ChangeStamp right)
    {
        int byView = left.View.CompareTo(right.View);
        return byView != 0 ? byView : left.Node.CompareTo(right.Node);
    }

    /// <summary>Whether a commit lies within.</summary>
    public bool Contain(ChangeStamp commit)
    {
        int index = IndexOf(commit);
        return index >= 0 && _lines[index].Sequence >= commit.Sequence;
    }

    /// <summary>Whether all commits of another state lie within.</summary>
    public bool Contain(SeenChanges others) => Array.TrueForAll(others._lines, Contain);

    /// <summary>With one more commit, the last of its line.</summary>
    public SeenChanges With(ChangeStamp commit)
    {
        int index = IndexOf(commit);
        if (index >= 0)
        {
            ChangeStamp[] changed = [.. _lines];
            changed[index] = commit with { Sequence = Math.Max(commit.Sequence, changed[index].Sequence) };
            return new SeenChanges(changed);
        }

        return Bounded([.. _lines.AsSpan(0, ~index), commit, .. _lines.AsSpan(~index)]);
    }

    /// <summary>What either of two states contains.</summary>
    public SeenChanges With(SeenChanges others)
    {
        var lines = new List<ChangeStamp>(_lines.Length + others._lines.Length);
        int mine = 0;
        int its = 0;
        while (mine < _lines.Length || its < others._lines.Length)
        {
            int order = mine == _lines.Length ? 1
                : its == others._lines.Length ? -1 : Compare(_lines[mine], others._lines[its]);
            ChangeStamp line = order <= 0 ? _lines[mine++] : others._lines[its];
            its += order >= 0 ? 1 : 0;
            lines.Add(order == 0 && others._lines[its - 1].Sequence > line.Sequence ? others._lines[its - 1] : line);
        }

        return Bounded([.. lines]);
    }

    private static SeenChanges Bounded(ChangeStamp[] lines)
    {
        while (lines.Length > LinesMaximum)
        {
            long longest = lines.CountBy(static line => ViewNumber.LineageOf(line.View))
                .MaxBy(static lineage => lineage.Value).Key;
            int index = Array.FindIndex(lines, line => ViewNumber.LineageOf(line.View) == longest);
            lines = [.. lines.AsSpan(0, index), .. lines.AsSpan(index + 1)];
        }

        return new SeenChanges(lines);
    }

    private int IndexOf(ChangeStamp commit)
    {
        int low = 0;
        int high = _lines.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int order = Compare(_lines[middle], commit);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }
}
