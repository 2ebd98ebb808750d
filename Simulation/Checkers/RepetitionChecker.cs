namespace SessionCluster.Simulation;

/// <summary>
/// What a member wants recorded it says again to everybody in its view who has not answered, as long as it reaches
/// them, and what it has given away to who has not taken it.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class RepetitionChecker(SimulatedCluster cluster)
{
    /// <summary>Much longer than it takes to see that an answer does not come.</summary>
    private static readonly TimeSpan RepeatedWithin = TimeSpan.FromSeconds(3);

    private readonly Dictionary<(Member By, long Batch), Open> _open = [];
    private readonly Dictionary<(SimulatedProcess By, SessionId Session), Gift> _given = [];

    /// <summary>A member tells another what it wants recorded.</summary>
    public void Sent(SimulatedProcess by, Member to, RecordLocations records)
    {
        if (!_open.TryGetValue((by.Member, records.Batch), out Open? open))
        {
            _open.Add((by.Member, records.Batch), open = new Open(by, by.Machine.View));
        }

        open.SaidAt[to] = cluster.Queue.Now;
    }

    /// <summary>A member gives a session away.</summary>
    public void Gave(SimulatedProcess by, Member to, HandOver given) =>
        _given[(by, given.Session)] = new Gift(by.Machine.View, to, cluster.Queue.Now);

    /// <summary>A member is about to hear that another has recorded it.</summary>
    public void Answered(SimulatedProcess by, Member from, LocationsRecorded recorded)
    {
        if (_open.TryGetValue((by.Member, recorded.Batch), out Open? open)
            && open.SaidAt.Remove(from) && open.SaidAt.Count == 0)
        {
            _open.Remove((by.Member, recorded.Batch));
        }
    }

    /// <summary>Looks what is not answered yet.</summary>
    public void Inspect()
    {
        InspectGifts();
        foreach (((Member By, long Batch) key, Open open) in _open.ToArray())
        {
            if (!open.By.IsAlive || open.By.IsDrained || !ReferenceEquals(open.By.Machine.View, open.View))
            {
                _open.Remove(key);
                continue;
            }

            foreach ((Member to, TimeSpan saidAt) in open.SaidAt.ToArray())
            {
                if (!IsReached(open.By, to))
                {
                    open.SaidAt[to] = cluster.Queue.Now;
                }
                else if (cluster.Queue.Now - saidAt > RepeatedWithin)
                {
                    throw new SimulationFailedException($"{key.By} does not repeat to {to} what it wants recorded");
                }
            }
        }
    }

    private void InspectGifts()
    {
        foreach (((SimulatedProcess By, SessionId Session) key, Gift gift) in _given.ToArray())
        {
            if (!key.By.IsAlive || key.By.IsDrained || !ReferenceEquals(key.By.Machine.View, gift.View)
                || !key.By.Machine.Inspection.IsGivenAway(key.Session))
            {
                _given.Remove(key);
            }
            else if (!IsReached(key.By, gift.To))
            {
                _given[key] = gift with { SaidAt = cluster.Queue.Now };
            }
            else if (cluster.Queue.Now - gift.SaidAt > RepeatedWithin)
            {
                throw new SimulationFailedException(
                    $"{key.By.Member} does not repeat to {gift.To} that it gives it {cluster.NameOf(key.Session)}");
            }
        }
    }

    private bool IsReached(SimulatedProcess by, Member to) =>
        !by.IsPaused && !by.Machine.Inspection.IsGone(to)
        && by.Links[cluster.HostOf(to.Node)] is { } link && link.PeerOf(by).Member == to;

    /// <param name="View">In which view.</param>
    /// <param name="To">To whom.</param>
    /// <param name="SaidAt">When it was said last, or could not be.</param>
    private readonly record struct Gift(View View, Member To, TimeSpan SaidAt);

    private sealed record Open(SimulatedProcess By, View View)
    {
        /// <summary>When it was said last to whom, of those who have not answered.</summary>
        public Dictionary<Member, TimeSpan> SaidAt { get; } = [];
    }
}
