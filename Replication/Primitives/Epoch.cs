namespace SessionCluster.Replication;

/// <summary>The number of a session's configuration: ordered by the counter, then by the node that made it.</summary>
/// <param name="Counter">From 1; 0 is before every configuration.</param>
/// <param name="Node">The primary of the configuration.</param>
public readonly record struct Epoch(long Counter, NodeId Node) : IComparable<Epoch>
{
    /// <inheritdoc/>
    public int CompareTo(Epoch other)
    {
        int byCounter = Counter.CompareTo(other.Counter);
        return byCounter != 0 ? byCounter : Node.CompareTo(other.Node);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Counter}@{Node}";

    /// <summary>Whether <paramref name="left"/> is older than <paramref name="right"/>.</summary>
    public static bool operator <(Epoch left, Epoch right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is newer than <paramref name="right"/>.</summary>
    public static bool operator >(Epoch left, Epoch right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is not newer than <paramref name="right"/>.</summary>
    public static bool operator <=(Epoch left, Epoch right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is not older than <paramref name="right"/>.</summary>
    public static bool operator >=(Epoch left, Epoch right) => left.CompareTo(right) >= 0;
}
