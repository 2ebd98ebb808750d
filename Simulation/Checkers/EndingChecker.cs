namespace SessionCluster.Simulation;

/// <summary>
/// Of an end that a member was told in the midst of a view a quorum may know nothing. The member calls the session gone
/// when somebody has confirmed the end, or has heard a quorum for long enough since; and it tells nobody before that,
/// as nobody says that it leads a session before that is in force.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class EndingChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<SimulatedProcess, Dictionary<SessionId, Told>> _told = [];
    private readonly Dictionary<SimulatedProcess, List<LocationRecord>> _late = [];

    /// <summary>Of which ends it was told that a quorum knows them, perhaps in a view that it has not entered yet.</summary>
    private readonly HashSet<(SimulatedProcess, SessionId)> _confirmed = [];
    private readonly List<LocationRecord> _news = [];
    private readonly (Member By, Instant At)[] _unpermitted = new (Member, Instant)[cluster.Nodes.Count];

    /// <summary>
    /// A member is about to take a step, in which a lease that has ended may be renewed: it must not count for one that
    /// has lasted.
    /// </summary>
    public void Before(SimulatedProcess process, Message? heard)
    {
        if (_told.ContainsKey(process) && !process.Machine.HasPermission(process.Now))
        {
            _unpermitted[process.Host] = (process.Member, process.Now);
        }

        NoteLatePages(process, heard);
        if (heard is not RecordLocations records)
        {
            return;
        }

        _news.Clear();

        for (int index = 0; index < records.Records.Count; index++)
        {
            LocationRecord record = records.Records[index];
            if (record.Configuration.Placement.IsRemoved
                && process.Machine.ConfigurationOf(record.Session) != record.Configuration)
            {
                _news.Add(record);
            }
        }
    }

    /// <summary>A member has taken a step with a message.</summary>
    public void After(SimulatedProcess process, Message? heard)
    {
        switch (heard)
        {
            case RecordLocations:
                foreach (LocationRecord record in _news)
                {
                    if (process.Machine.ConfigurationOf(record.Session) == record.Configuration
                        && process.Machine.Inspection.MayStillLive(record.Session))
                    {
                        Note(process, record.Session);
                    }
                }

                break;
            case Stale stale:
                Forget(process, stale.Session);
                break;
            case Located answer:
                Forget(process, answer.Session);
                break;
        }
    }

    /// <summary>A member says what a session is, to whom it takes to believe otherwise.</summary>
    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Said(SimulatedProcess by, Stale stale)
    {
        Inspection machine = by.Machine.Inspection;
        if (stale.View != by.Machine.View.Number || stale.Configuration.Counter == 0)
        {
            return null;
        }

        return stale.Configuration.Placement.IsRemoved && machine.MayStillLive(stale.Session)
            ? $"says that {cluster.NameOf(stale.Session)} has ended, and few may know that"
            : stale.Configuration.Placement is { IsAlive: true } placement && placement.Primary == by.Member
                && machine.CopyOf(stale.Session) is { IsPrimary: true, IsEffective: false }
                ? $"says that it leads {cluster.NameOf(stale.Session)} under {stale.Configuration}, which is not in force"
                : null;
    }

    /// <summary>A member says what it knows of a session, to whom asks.</summary>
    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Said(SimulatedProcess by, Located answer) =>
        answer.Configuration is { Counter: > 0, Placement.IsRemoved: true }
            && (by.Machine.Inspection.MayStillLive(answer.Session) || by.Machine.Inspection.IsRecording(answer.Session))
                ? $"tells who asks that {cluster.NameOf(answer.Session)} has ended, and few may know that"
                : null;

    /// <summary>A member has taken a step of any kind: looks at what it was told, and may have decided in it.</summary>
    public void Stepped(SimulatedProcess by)
    {
        NoteEndsOfLateMap(by);
        if (!_told.TryGetValue(by, out Dictionary<SessionId, Told>? told))
        {
            return;
        }

        foreach ((SessionId session, Told end) in told.ToArray())
        {
            if (by.IsDrained || !ReferenceEquals(by.Machine.View, end.View)
                || by.Machine.PlacementOf(session) is not { IsRemoved: true })
            {
                Forget(by, session);
            }
            else if (!by.Machine.Inspection.MayStillLive(session))
            {
                CheckThatItIsDecided(by, session, end);
                Forget(by, session);
            }
        }
    }

    /// <summary>
    /// A member of a view without its map gets that from another one, with what has been recorded since by a few.
    /// </summary>
    private void NoteLatePages(SimulatedProcess process, Message? heard)
    {
        if (heard is ViewInstall install && install.View.Number != process.Machine.View.Number)
        {
            _late.Remove(process);
        }
        else if (heard is Stale { Configuration.Placement.IsRemoved: true } stale)
        {
            _confirmed.Add((process, stale.Session));
        }
        else if (heard is MapPage page && !process.Machine.Inspection.IsServing
            && process.Machine.View.Contains(process.Member))
        {
            foreach (LocationRecord record in page.Records)
            {
                if (record.Configuration.Placement.IsRemoved
                    && process.Machine.PlacementOf(record.Session) is { IsAlive: true })
                {
                    _late.TryAdd(process, []);
                    _late[process].Add(record);
                }
            }
        }
    }

    private void NoteEndsOfLateMap(SimulatedProcess by)
    {
        if (!by.Machine.Inspection.IsServing || !_late.Remove(by, out List<LocationRecord>? ends))
        {
            return;
        }

        foreach (LocationRecord end in ends)
        {
            if (by.Machine.ConfigurationOf(end.Session) == end.Configuration
                && !_confirmed.Contains((by, end.Session)))
            {
                Note(by, end.Session);
            }
        }
    }

    private void Note(SimulatedProcess by, SessionId session)
    {
        if (!_told.TryGetValue(by, out Dictionary<SessionId, Told>? told))
        {
            _told.Add(by, told = []);
        }

        told[session] = new Told(by.Machine.View, by.Now);
    }

    private void Forget(SimulatedProcess by, SessionId session)
    {
        if (_told.TryGetValue(by, out Dictionary<SessionId, Told>? told) && told.Remove(session) && told.Count == 0)
        {
            _told.Remove(by);
        }
    }

    private void CheckThatItIsDecided(SimulatedProcess by, SessionId session, in Told told)
    {
        (Member of, Instant unpermittedAt) = _unpermitted[by.Host];
        TimeSpan heard = by.Now - (of == by.Member ? Instant.Max(told.At, unpermittedAt) : told.At);
        if (heard < cluster.LongestPatience && !LivingQuorum.MayDecideAlone(by)
            && !cluster.Ledger.MayBeForgotten(session))
        {
            throw new SimulationFailedException(
                $"session {cluster.NameOf(session)}: {by.Member} calls it gone, as it was told, and has heard a quorum "
                + $"for {heard} since");
        }
    }

    /// <param name="View">In which view it was told.</param>
    /// <param name="At">When, on the clock of whoever was told.</param>
    private readonly record struct Told(View View, Instant At);
}
