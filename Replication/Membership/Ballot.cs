namespace SessionCluster.Replication;

/// <summary>The number of an attempt to agree on the next view; ordered by the counter, then by the proposer.</summary>
/// <param name="Counter">From 1; 0 is before every attempt.</param>
/// <param name="Proposer">Who attempts it.</param>
public readonly record struct Ballot(long Counter, NodeId Proposer) : IComparable<Ballot>
{
    /// <inheritdoc/>
    public int CompareTo(Ballot other)
    {
        int byCounter = Counter.CompareTo(other.Counter);
        return byCounter != 0 ? byCounter : Proposer.CompareTo(other.Proposer);
    }

    /// <summary>Whether <paramref name="left"/> is lower than <paramref name="right"/>.</summary>
    public static bool operator <(Ballot left, Ballot right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is higher than <paramref name="right"/>.</summary>
    public static bool operator >(Ballot left, Ballot right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is not higher than <paramref name="right"/>.</summary>
    public static bool operator <=(Ballot left, Ballot right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is not lower than <paramref name="right"/>.</summary>
    public static bool operator >=(Ballot left, Ballot right) => left.CompareTo(right) >= 0;
}
