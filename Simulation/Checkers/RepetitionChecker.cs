namespace SessionCluster.Simulation;

/// <summary>
/// What a member wants recorded it says again to everybody in its view who has not answered, as long as it reaches
/// them, and what it has given away to who has not taken it. When a quorum has recorded it, whoever does not hear it,
/// or is not heard by it, is left to the comparison of maps: what one way that is cut keeps back would else be kept
/// without end. <see cref="Convergence"/> sees whether the maps become equal. It gives the others time to answer before it
/// says it again.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class RepetitionChecker(SimulatedCluster cluster)
{
    /// <summary>Much longer than it takes to see that an answer does not come.</summary>
    private readonly TimeSpan _repeatedWithin = (cluster.Options.HolderPatience * 1.25)
        + TimeSpan.FromSeconds(2.6 * Math.Max(1, cluster.Options.SuspectAfter.TotalSeconds));

    /// <summary>Half of the time after which a record is said again.</summary>
    private readonly TimeSpan _saidOnceIn = cluster.Options.ShortestHeartbeatInterval / 2;

    private readonly Dictionary<SimulatedProcess, Dictionary<long, Open>> _open = [];
    private readonly Dictionary<(SimulatedProcess By, SessionId Session), Gift> _given = [];

    /// <summary>A member tells another what it wants recorded.</summary>
    public void Sent(SimulatedProcess by, Member to, RecordLocations records)
    {
        if (!_open.TryGetValue(by, out Dictionary<long, Open>? batches))
        {
            _open.Add(by, batches = []);
        }

        if (!batches.TryGetValue(records.Batch, out Open? open))
        {
            batches.Add(records.Batch, open = new Open(by.Machine.View));
        }

        if (open.LeftAt.TryGetValue(to, out TimeSpan leftAt) && cluster.Queue.Now - leftAt < _saidOnceIn
            && cluster.Queue.Now - by.WokeAt > _saidOnceIn)
        {
            throw new SimulationFailedException(
                $"{by.Member} says to {to} what it wants recorded, {cluster.Queue.Now - leftAt} after it has said so");
        }

        (open.SaidAt[to], open.LeftAt[to]) = (cluster.Queue.Now, cluster.Queue.Now);
    }

    /// <summary>A member gives a session away.</summary>
    public void Gave(SimulatedProcess by, Member to, HandOver given) =>
        _given[(by, given.Session)] = new Gift(by.Machine.View, to, cluster.Queue.Now);

    /// <summary>A member is about to hear that another has recorded it.</summary>
    public void Answered(SimulatedProcess by, Member from, LocationsRecorded recorded)
    {
        if (_open.TryGetValue(by, out Dictionary<long, Open>? batches)
            && batches.TryGetValue(recorded.Batch, out Open? open)
            && open.SaidAt.Remove(from) && open.SaidAt.Count == 0)
        {
            batches.Remove(recorded.Batch);
        }
    }

    /// <summary>A member has taken a step, and has said what it had to say.</summary>
    public void Stepped(SimulatedProcess by)
    {
        if (!_open.TryGetValue(by, out Dictionary<long, Open>? batches) || batches.Count == 0)
        {
            return;
        }

        foreach ((long batch, Open open) in batches.ToArray())
        {
            Member[] away = [.. open.SaidAt.Keys.Where(by.Machine.Inspection.MayDoWithout)];
            if (away.Length > 0 && !by.Machine.Inspection.IsRecording(batch))
            {
                Array.ForEach(away, member => open.SaidAt.Remove(member));
                if (open.SaidAt.Count == 0)
                {
                    batches.Remove(batch);
                }
            }
        }
    }

    /// <summary>Looks what is not answered yet.</summary>
    public void Inspect()
    {
        InspectGifts();
        foreach ((SimulatedProcess by, Dictionary<long, Open> batches) in _open.ToArray())
        {
            if (!by.IsAlive || by.IsDrained)
            {
                _open.Remove(by);
                continue;
            }

            foreach ((long batch, Open open) in batches.ToArray())
            {
                if (ReferenceEquals(by.Machine.View, open.View))
                {
                    Inspect(by, open);
                }
                else
                {
                    batches.Remove(batch);
                }
            }
        }
    }

    private void Inspect(SimulatedProcess by, Open open)
    {
        foreach ((Member to, TimeSpan saidAt) in open.SaidAt.ToArray())
        {
            if (!IsReached(by, to))
            {
                open.SaidAt[to] = cluster.Queue.Now;
            }
            else if (cluster.Queue.Now - saidAt > _repeatedWithin)
            {
                throw new SimulationFailedException($"{by.Member} does not repeat to {to} what it wants recorded");
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
            else if (cluster.Queue.Now - gift.SaidAt > _repeatedWithin)
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

    private sealed record Open(View View)
    {
        /// <summary>When it was said last to whom, of those who have not answered.</summary>
        public Dictionary<Member, TimeSpan> SaidAt { get; } = [];

        /// <summary>When it was said last to whom.</summary>
        public Dictionary<Member, TimeSpan> LeftAt { get; } = [];
    }
}
