namespace SessionCluster.Replication;

/// <summary>A point on one node's own monotonic clock. Instants of two nodes are never compared.</summary>
/// <param name="Ticks">Units of 100 nanoseconds since an arbitrary origin.</param>
public readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    /// <summary>The origin of the clock.</summary>
    public static Instant Zero => default;

    /// <summary>Later than every instant that a clock can show.</summary>
    public static Instant Never => new(long.MaxValue);

    /// <summary>The later of two instants.</summary>
    public static Instant Max(Instant left, Instant right) => left >= right ? left : right;

    /// <summary>The earlier of two instants.</summary>
    public static Instant Min(Instant left, Instant right) => left <= right ? left : right;

    /// <inheritdoc/>
    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);

    /// <summary>The instant that lies <paramref name="span"/> after <paramref name="instant"/>.</summary>
    public static Instant operator +(Instant instant, TimeSpan span) => new(instant.Ticks + span.Ticks);

    /// <summary>The instant that lies <paramref name="span"/> before <paramref name="instant"/>.</summary>
    public static Instant operator -(Instant instant, TimeSpan span) => new(instant.Ticks - span.Ticks);

    /// <summary>The time from <paramref name="right"/> to <paramref name="left"/>.</summary>
    public static TimeSpan operator -(Instant left, Instant right) => new(left.Ticks - right.Ticks);

    /// <summary>Whether <paramref name="left"/> lies before <paramref name="right"/>.</summary>
    public static bool operator <(Instant left, Instant right) => left.Ticks < right.Ticks;

    /// <summary>Whether <paramref name="left"/> lies after <paramref name="right"/>.</summary>
    public static bool operator >(Instant left, Instant right) => left.Ticks > right.Ticks;

    /// <summary>Whether <paramref name="left"/> does not lie after <paramref name="right"/>.</summary>
    public static bool operator <=(Instant left, Instant right) => left.Ticks <= right.Ticks;

    /// <summary>Whether <paramref name="left"/> does not lie before <paramref name="right"/>.</summary>
    public static bool operator >=(Instant left, Instant right) => left.Ticks >= right.Ticks;
}
