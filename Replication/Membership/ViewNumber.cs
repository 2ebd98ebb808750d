namespace SessionCluster.Replication.Membership;

/// <summary>
/// The numbers of views, of which no two views ever share one. The lower bits count the views of one line of
/// succession; the upper ones name the line, its lineage. All views that quorums have agreed on since the beginning are
/// of lineage 0. With <see cref="PartitionPolicy.Available"/> a group without a quorum begins a lineage of its own.
/// <para>
/// A smaller lineage wins when two meet. So its bits are, from the top: how many divisions deep it is, so that those
/// who kept their quorum win; how few nodes founded it; the founder's place among the names; and a hash of who divided
/// from what, with a count of the founder's divisions, so that no two are the same: late news of a view that nobody lives
/// in any more may bring a process back to it, from which it divides once more.
/// </para>
/// </summary>
internal static class ViewNumber
{
    /// <summary>
    /// No view has this number: a process asks so for another's view, and does not wish to be in the next one.
    /// </summary>
    public const long None = long.MaxValue;

    private const int SequenceBits = 24;
    private const int HashBits = 15;
    private const int TurnBits = 4;
    private const int PlaceBits = 5;
    private const int FewnessBits = 5;
    private const int DepthMaximum = 1023;

    public static long LineageOf(long number) => number >> SequenceBits;

    /// <summary>Whether two views succeed each other; the universe, view 0, is before all of them.</summary>
    public static bool AreRelated(long one, long other) =>
        one == 0 || other == 0 || LineageOf(one) == LineageOf(other);

    /// <summary>Whether a view comes after another one.</summary>
    public static bool IsLater(long number, long than) => AreRelated(number, than) && number > than;

    /// <summary>Whether members of one view have to go over to those of another one when they meet.</summary>
    public static bool Beats(long number, long other) => LineageOf(number) < LineageOf(other);

    /// <summary>The number of the first view of a lineage that begins with a division.</summary>
    /// <param name="number">The view that is divided.</param>
    /// <param name="founder">Who proposes it.</param>
    /// <param name="place">The founder's place among all configured names.</param>
    /// <param name="nodes">How many members that hold sessions found it.</param>
    /// <param name="turn">How often the founder has been in a division before.</param>
    public static long Divide(long number, Member founder, int place, int nodes, int turn)
    {
        const int placeShift = HashBits + TurnBits;
        const int depthShift = placeShift + PlaceBits + FewnessBits;
        long depth = Math.Min((LineageOf(number) >> depthShift) + 1, DepthMaximum);
        long fewness = Math.Max(0, Mask(FewnessBits) - nodes);
        ulong hash = StableHash.Add(StableHash.Start, founder.Node.Name);
        hash = StableHash.Add(StableHash.Add(hash, (ulong)founder.Incarnation), (ulong)number);
        long lineage = (depth << depthShift)
            | (fewness << (placeShift + PlaceBits))
            | ((place & Mask(PlaceBits)) << placeShift)
            | (((long)(StableHash.Mix(hash) >> 1) & Mask(HashBits)) << TurnBits)
            | (turn & Mask(TurnBits));
        return (lineage << SequenceBits) | 1;
    }

    /// <summary>Whether two divisions are of one view by the same founder and as many, whichever time it is.</summary>
    public static bool AreAlike(long division, long other) => ((division ^ other) >> SequenceBits >> TurnBits) == 0
        && ((division ^ other) & Mask(SequenceBits)) == 0;

    /// <summary>Whether a view is the one in which a division began.</summary>
    public static bool IsDivision(long number) => LineageOf(number) > 0 && (number & Mask(SequenceBits)) == 1;

    /// <summary>For people: the count alone, and the lineage where it is not the first one.</summary>
    public static string Describe(long number) => LineageOf(number) == 0
        ? $"{number}"
        : $"{number & Mask(SequenceBits)} of lineage {LineageOf(number):x10}";

    private static long Mask(int bits) => (1L << bits) - 1;
}
