namespace SessionCluster.Replication;

/// <summary>
/// One process of a node. A restarted node keeps its name and gets a higher incarnation, so that what was said of the
/// dead process is never believed of the new one.
/// </summary>
/// <param name="Node">The node's stable name.</param>
/// <param name="Incarnation">Rises with each start of the node; never negative.</param>
public readonly record struct Member(NodeId Node, long Incarnation) : IComparable<Member>
{
    /// <summary>Whether two are the same process.</summary>
    public bool Equals(Member other) => Incarnation == other.Incarnation && Node.Equals(other.Node);

    /// <summary>A hash that is the same in every process.</summary>
    public override int GetHashCode() =>
        unchecked((Node.GetHashCode() * 31) + (int)(Incarnation ^ (Incarnation >> 32)));

    /// <inheritdoc/>
    public int CompareTo(Member other)
    {
        int byNode = Node.CompareTo(other.Node);
        return byNode != 0 ? byNode : Incarnation.CompareTo(other.Incarnation);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Node}#{Incarnation}";

    /// <summary>Whether <paramref name="left"/> sorts before <paramref name="right"/>.</summary>
    public static bool operator <(Member left, Member right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> sorts after <paramref name="right"/>.</summary>
    public static bool operator >(Member left, Member right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not sort after <paramref name="right"/>.</summary>
    public static bool operator <=(Member left, Member right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not sort before <paramref name="right"/>.</summary>
    public static bool operator >=(Member left, Member right) => left.CompareTo(right) >= 0;
}
