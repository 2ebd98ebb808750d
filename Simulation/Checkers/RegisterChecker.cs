namespace SessionCluster.Simulation;

/// <summary>
/// Whether the reads and writes of one key have an order that explains them all (linearizability). As every write
/// writes another number, this can be decided exactly and quickly: the zones of Gibbons and Korach, "Testing shared
/// memories", 1997. The zone of a value spans from the first end to the last beginning of the operations that saw or
/// wrote it. A zone that runs forwards must have the register for itself; one that runs backwards only needs a place
/// outside those.
/// </summary>
internal sealed class RegisterChecker
{
    private readonly Dictionary<long, Zone> _zones = new() { [0] = new Zone(0, -1, -1) };
    private readonly List<Zone> _order = [];

    public RegisterChecker() => _order.Add(_zones[0]);

    /// <summary>A write may take effect from now on.</summary>
    public void WriteInvoked(long value, long moment)
    {
        var zone = new Zone(value, moment, WriteRecord.Never) { Index = _order.Count };
        _zones.Add(value, zone);
        _order.Add(zone);
        zone.LatestUpToHere = Math.Max(moment, _order[^2].LatestUpToHere);
    }

    /// <summary>The write has taken effect.</summary>
    /// <returns>What contradicts it, or nothing.</returns>
    public string? WriteAcknowledged(long value, long moment) => Widen(_zones[value], long.MinValue, moment);

    /// <summary>A value was read.</summary>
    /// <returns>What contradicts it, or nothing.</returns>
    public string? Read(long value, long invoked, long completed) => _zones.TryGetValue(value, out Zone? zone)
        ? Widen(zone, invoked, completed)
        : $"#{value} was read, which nobody wrote";

    /// <summary>
    /// What was seen and answered so far does not count any more: each value that anybody has written may be there now.
    /// </summary>
    public void BeginAnew()
    {
        foreach (Zone zone in _order)
        {
            (zone.LastBeginning, zone.LatestUpToHere, zone.FirstEnd) = (zone.Written, zone.Written, WriteRecord.Never);
        }
    }

    private string? Widen(Zone zone, long invoked, long completed)
    {
        if (invoked > zone.LastBeginning)
        {
            zone.LastBeginning = invoked;
            for (int index = zone.Index; index < _order.Count && _order[index].LatestUpToHere < invoked; index++)
            {
                _order[index].LatestUpToHere = invoked;
            }
        }

        zone.FirstEnd = Math.Min(zone.FirstEnd, completed);
        return FindContradiction(zone) is { } other
            ? $"#{zone.Value} and #{other.Value} contradict each other: each was there before and after the other"
            : null;
    }

    /// <summary>
    /// Looks at the zones of all later writes, and of earlier ones only as far back as there is one that was seen after
    /// this one was written: two zones of which one had begun for the last time before the other was written agree.
    /// </summary>
    private Zone? FindContradiction(Zone zone)
    {
        for (int index = zone.Index + 1; index < _order.Count; index++)
        {
            if (Contradict(zone, _order[index]))
            {
                return _order[index];
            }
        }

        for (int index = zone.Index - 1; index >= 0 && _order[index].LatestUpToHere > zone.Written; index--)
        {
            if (Contradict(zone, _order[index]))
            {
                return _order[index];
            }
        }

        return null;
    }

    private static bool Contradict(Zone one, Zone other)
    {
        if (one.IsForward && other.IsForward)
        {
            return one.FirstEnd < other.LastBeginning && other.FirstEnd < one.LastBeginning;
        }

        return (one.IsForward && one.Encloses(other)) || (other.IsForward && other.Encloses(one));
    }

    private sealed class Zone(long value, long written, long firstEnd)
    {
        public long Value { get; } = value;

        /// <summary>When the write began; zones are kept in this order.</summary>
        public long Written { get; } = written;

        public int Index { get; init; }

        public long LastBeginning { get; set; } = written;

        /// <summary>The latest beginning of this zone and of all before it.</summary>
        public long LatestUpToHere { get; set; } = written;

        public long FirstEnd { get; set; } = firstEnd;

        public bool IsForward => FirstEnd < LastBeginning;

        public bool Encloses(Zone backward) => FirstEnd < backward.LastBeginning && backward.FirstEnd < LastBeginning;
    }
}
