namespace SessionCluster.Simulation;

/// <summary>
/// Of an end that a member was told in the midst of a view a quorum may know nothing. The member calls the session gone
/// when somebody has confirmed the end, or has heard a quorum for long enough since; and it tells nobody before that,
/// as nobody says that it leads a session before that is in force.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class EndingChecker(SimulatedCluster cluster)
{
    /// <summary>For how long a quorum must be heard; somewhat less, as it is looked at now and then only.</summary>
    private static readonly TimeSpan DecidedAfter = TimeSpan.FromSeconds(4.9);

    private readonly Dictionary<(SimulatedProcess By, SessionId Session), Told> _told = [];
    private readonly List<LocationRecord> _news = [];
    private readonly (Member By, Instant At)[] _unpermitted = new (Member, Instant)[cluster.Nodes.Count];

    /// <summary>A member is about to take a step.</summary>
    public void Before(SimulatedProcess process, Message? heard)
    {
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
                        _told[(process, record.Session)] = new Told(process.Machine.View, process.Now);
                    }
                }

                break;
            case Stale stale:
                _told.Remove((process, stale.Session));
                break;
            case Located answer:
                _told.Remove((process, answer.Session));
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

    /// <summary>Looks at what may still live.</summary>
    public void Inspect()
    {
        foreach (((SimulatedProcess By, SessionId Session) key, Told told) in _told.ToArray())
        {
            SimulatedProcess by = key.By;
            if (!by.IsAlive || by.IsDrained || !ReferenceEquals(by.Machine.View, told.View)
                || by.Machine.PlacementOf(key.Session) is not { IsRemoved: true })
            {
                _told.Remove(key);
            }
            else if (!by.IsPaused && !by.Machine.Inspection.MayStillLive(key.Session))
            {
                CheckThatItIsDecided(by, key.Session, told);
                _told.Remove(key);
            }
        }

        NoteWhoHearsNoQuorum();
    }

    /// <summary>
    /// What a member has decided in a step before now, it has decided before its lease ended now; so this comes last.
    /// </summary>
    private void NoteWhoHearsNoQuorum()
    {
        foreach (SimulatedProcess process in cluster.ProcessSpan)
        {
            if (!process.IsPaused && !process.Machine.HasPermission(process.Now))
            {
                _unpermitted[process.Host] = (process.Member, process.Now);
            }
        }
    }

    private void CheckThatItIsDecided(SimulatedProcess by, SessionId session, in Told told)
    {
        (Member of, Instant unpermittedAt) = _unpermitted[by.Host];
        TimeSpan heard = by.Now - (of == by.Member ? Instant.Max(told.At, unpermittedAt) : told.At);
        if (heard < DecidedAfter && !LivingQuorum.MayDecideAlone(by) && !cluster.Ledger.MayBeForgotten(session))
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
