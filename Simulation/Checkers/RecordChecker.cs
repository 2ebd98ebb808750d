namespace SessionCluster.Simulation;

/// <summary>
/// What a member wants recorded, and what another says that it has recorded: within a view the configurations of a
/// session follow one another, the holders that one names have the state first, who says that it has recorded something
/// knows nothing older, only who leads a session ends it, and it is said to be removed when most know it.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class RecordChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<Member, long> _batches = [];
    private readonly Dictionary<(Member By, SessionId Session), (long View, long Counter, bool IsAlive)> _wanted = [];
    private readonly Dictionary<(Member By, SessionId Session, long Counter), Placement> _epochs = [];
    private RecordLocations? _asked;
    private long _viewBefore;

    /// <summary>
    /// The session that the step brings from another side, where it is known to have ended on this one.
    /// </summary>
    private SessionId? _over;

    /// <summary>A member is about to take a step.</summary>
    public void Before(SimulatedProcess process, Message? heard)
    {
        _asked = heard as RecordLocations;
        _viewBefore = process.Machine.View.Number;
        _over = heard is HandIn given && process.Machine.PlacementOf(given.Session) is { IsAlive: false }
            ? given.Session
            : null;
        if (_over is { } ended && _wanted.TryGetValue((process.Member, ended), out var latest))
        {
            // What it has wanted last may have come into force long ago, and another has led the session to its end.
            _wanted[(process.Member, ended)] = latest with { IsAlive = false };
        }
    }

    /// <summary>
    /// A member begins a session with what is there of it, as its side cannot reach those who hold it: what it has
    /// wanted before came to nothing, as it does where it had to begin anew itself.
    /// </summary>
    public void BegunAnew(SimulatedProcess by, SessionId session) => _wanted.Remove((by.Member, session));

    /// <summary>
    /// A member tells a holder of a configuration, or wants one recorded: none has the epoch of another.
    /// </summary>
    /// <returns>Which rule that breaks, or nothing.</returns>
    public string? Named(SimulatedProcess by, SessionId session, in Configuration named)
    {
        if (!named.Placement.IsAlive || named.Placement.Primary != by.Member
            || cluster.Options.PartitionPolicy == PartitionPolicy.Available
            || _epochs.TryAdd((by.Member, session, named.Counter), named.Placement))
        {
            return null;
        }

        Placement former = _epochs[(by.Member, session, named.Counter)];
        return !former.Holders.SequenceEqual(named.Placement.Holders)
            ? $"calls {named} of {cluster.NameOf(session)} what it has called {new Configuration(named.Counter, former)}" : null;
    }

    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Wanted(SimulatedProcess by, RecordLocations records)
    {
        if (records.Batch <= _batches.GetValueOrDefault(by.Member))
        {
            // It goes to another member, or is said again.
            return null;
        }

        _batches[by.Member] = records.Batch;
        foreach (LocationRecord record in records.Records)
        {
            if ((Named(by, record.Session, record.Configuration) ?? WhyNotNext(by, records.View, record)
                ?? WhyNotItsEnd(by, record) ?? WhyNotHeld(by, record)
                ?? WhyNotBegun(by, record)) is { } reason)
            {
                return reason;
            }
        }

        return null;
    }

    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Recorded(SimulatedProcess by, LocationsRecorded recorded)
    {
        if (_asked is not { } asked || recorded.Batch != asked.Batch)
        {
            return null;
        }

        if (asked.View != _viewBefore)
        {
            return $"records what is for view {asked.View}";
        }

        foreach (LocationRecord record in asked.Records)
        {
            if (by.Machine.ConfigurationOf(record.Session).Counter < record.Configuration.Counter)
            {
                return $"says that it has recorded {record.Configuration} of {cluster.NameOf(record.Session)}, "
                    + "and has not";
            }
        }

        return null;
    }

    /// <summary>A member has answered that a session is removed, as asked.</summary>
    public void Removed(SimulatedProcess by, SessionHistory session)
    {
        long end = by.Machine.ConfigurationOf(session.Id).Counter;
        int ignorant = by.Machine.View.Members.Count(
            member => PeerOf(by, member.Member) is { Machine.Inspection.IsServing: true } other
                && other.Machine.ConfigurationOf(session.Id) is { Placement.IsAlive: true } known
                    && known.Counter < end);
        if (ignorant * 2 > by.Machine.View.Members.Count && !cluster.Ledger.MayBeForgotten(session.Id))
        {
            throw new SimulationFailedException($"session {session.Name}: {by.Member} says that it is removed, "
                + $"and {ignorant} of {by.Machine.View} do not know it");
        }
    }

    private string? WhyNotNext(SimulatedProcess by, long view, LocationRecord record)
    {
        (Member, SessionId) key = (by.Member, record.Session);
        bool isBack = _wanted.TryGetValue(key, out var latest) && latest.View == view
            && record.Configuration.Counter < latest.Counter;
        _wanted[key] = (view, record.Configuration.Counter, record.Configuration.Placement.IsAlive);
        string what = $"wants {record.Configuration} of {cluster.NameOf(record.Session)} recorded";
        return isBack ? $"{what} after the counter {latest.Counter}"
            : latest.View == view && latest.IsAlive && IsTakenBack(by, record, latest.Counter)
                ? $"{what} instead of what it has wanted under {latest.Counter}" : null;
    }

    /// <summary>
    /// What is being recorded some may know for good: it comes into force before anything else is wanted.
    /// </summary>
    private static bool IsTakenBack(SimulatedProcess by, LocationRecord record, long latest) =>
        record.Configuration.Placement.IsAlive && record.Configuration.Counter > latest
        && by.Machine.Inspection.CopyOf(record.Session) is { IsPrimary: true } copy
            && copy.Configuration.Counter < latest;

    /// <summary>
    /// Of what has expired here nobody leads anything, though copies are kept until a quorum knows: whoever speaks for
    /// this side has it recorded that it was removed on another.
    /// </summary>
    private string? WhyNotItsEnd(SimulatedProcess by, LocationRecord record) =>
        record.Configuration.Placement.IsRemoved && record.Session != _over
            && by.Machine.Inspection.FollowedBy(record.Session) is { Counter: > 0 } followed
            ? $"wants the end of {cluster.NameOf(record.Session)} recorded, and only backs it up under {followed}"
            : record.Configuration.Placement.IsRemoved && by.Machine.Inspection.IsGivenAway(record.Session)
                ? $"wants the end of {cluster.NameOf(record.Session)} recorded, which it gives away"
                : WhyNotOver(record);

    /// <summary>
    /// Only what somebody wants removed, or nobody has used for its time, comes to an end: whether somebody leads it or
    /// it is out of reach.
    /// </summary>
    private string? WhyNotOver(LocationRecord record) =>
        record.Configuration.Placement.IsRemoved && cluster.Options.PartitionPolicy == PartitionPolicy.Majority
            && cluster.History.Find(record.Session) is
                { IsConfirmed: true, MayBeRemoved: false, MayBeExpired: false, IsGone: false } history
            && !cluster.Ledger.MayBeForgotten(record.Session)
            ? $"wants the end of {history.Name} recorded, which was used {cluster.History.Now - history.LastUsed} ago"
            : null;

    /// <summary>
    /// What another side has brought is begun only when no member knows that the session was removed.
    /// </summary>
    private string? WhyNotBegun(SimulatedProcess by, LocationRecord record)
    {
        if (cluster.Options.PartitionPolicy != PartitionPolicy.Available
            || by.Machine.Inspection.ChangeOf(
                record.Session) is not { Reason: Replication.Sessions.ChangeReason.Adopt } change
            || change.Target != record.Configuration)
        {
            return null;
        }

        foreach (ViewMember member in by.Machine.View.Members)
        {
            if (member.Member != by.Member && PeerOf(by, member.Member) is { Machine.Inspection.IsServing: true } other
                && other.Machine.PlacementOf(record.Session) is { IsRemoved: true, IsExpired: false })
            {
                return $"begins {cluster.NameOf(record.Session)}, though {other.Member} knows that it was removed";
            }
        }

        return null;
    }

    private string? WhyNotHeld(SimulatedProcess by, LocationRecord record)
    {
        if (by.Machine.Inspection.ChangeOf(record.Session) is not { } change || change.Target != record.Configuration
            || change.Reason == Replication.Sessions.ChangeReason.Create)
        {
            return null;
        }

        foreach (Member holder in change.Target.Placement.Holders)
        {
            if (holder != by.Member && PeerOf(by, holder) is { } other
                && other.Machine.SequenceOf(record.Session) < change.BaseSequence
                && other.Machine.PlacementOf(record.Session) is not { IsRemoved: true }
                && !cluster.Repairs.Excuses(holder, record.Session)
                && !cluster.Ledger.MayBeForgotten(record.Session))
            {
                // Who had to begin anew dropped what it had, though another may come back for whom it counts as a
                // holder.
                return $"wants {change.Target} of {cluster.NameOf(record.Session)} recorded from sequence "
                    + $"{change.BaseSequence} on, but {holder} has {other.Machine.SequenceOf(record.Session)}";
            }
        }

        return null;
    }

    /// <summary>The process of a member, where it lives and is in the same view.</summary>
    private SimulatedProcess? PeerOf(SimulatedProcess by, Member member) =>
        cluster.Nodes[cluster.HostOf(member.Node)].Process is { IsDrained: false } other
            && other.Member == member && other.Machine.View.Number == by.Machine.View.Number ? other : null;
}
