namespace SessionCluster.Simulation;

/// <summary>
/// What a member wants recorded it says again to everybody in its view who has not answered, as long as it reaches them.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class RepetitionChecker(SimulatedCluster cluster)
{
    /// <summary>Much longer than it takes to see that an answer does not come.</summary>
    private static readonly TimeSpan RepeatedWithin = TimeSpan.FromSeconds(3);

    private readonly Dictionary<(Member By, long Batch), Open> _open = [];

    /// <summary>A member tells another what it wants recorded.</summary>
    public void Sent(SimulatedProcess by, Member to, RecordLocations records)
    {
        if (!_open.TryGetValue((by.Member, records.Batch), out Open? open))
        {
            _open.Add((by.Member, records.Batch), open = new Open(by, by.Machine.View));
        }

        open.SaidAt[to] = cluster.Queue.Now;
    }

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
        foreach (((Member By, long Batch) key, Open open) in _open.ToArray())
        {
            if (!open.By.IsAlive || open.By.IsDrained || !ReferenceEquals(open.By.Machine.View, open.View))
            {
                _open.Remove(key);
                continue;
            }

            foreach ((Member to, TimeSpan saidAt) in open.SaidAt.ToArray())
            {
                bool isReached = !open.By.IsPaused && !open.By.Machine.Inspection.IsGone(to)
                    && open.By.Links[cluster.HostOf(to.Node)] is { } link && link.PeerOf(open.By).Member == to;
                if (!isReached)
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

    private sealed record Open(SimulatedProcess By, View View)
    {
        /// <summary>When it was said last to whom, of those who have not answered.</summary>
        public Dictionary<Member, TimeSpan> SaidAt { get; } = [];
    }
}
