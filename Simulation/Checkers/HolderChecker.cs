using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// What a member says of the copy that it has: it acknowledges what it holds, never less than before, and only to who
/// leads the session as far as it knows; and it gives away all that it has, once, when nothing of it is under way.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class HolderChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<(Member Giver, SessionId Session), Gift> _gifts = [];
    private readonly Dictionary<(Member Primary, SessionId Session), Statement> _told = [];
    private readonly Dictionary<(Member Holder, SessionId Session), Acknowledgement> _acknowledged = [];
    private readonly Dictionary<(Member Primary, long Work), SessionId> _works = [];

    /// <summary>The acknowledgement that the step under way may not count, and what its holder had acknowledged.</summary>
    private (SessionId Session, Replicated Replicated, Member From, long Before)? _counted;

    /// <summary>A primary tells a holder of a version, which it has itself.</summary>
    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Told(SimulatedProcess by, Replicate replicate)
    {
        if (!_works.TryAdd((by.Member, replicate.Work), replicate.Session)
            && _works[(by.Member, replicate.Work)] != replicate.Session)
        {
            return $"calls its work for two sessions {replicate.Work}";
        }

        if (by.Machine.Inspection.CopyOf(replicate.Session) is not { } copy
            || copy.Sequence != replicate.Version.Sequence)
        {
            return null;
        }

        (Member, SessionId) key = (by.Member, replicate.Session);
        var statement = new Statement(
            by.Machine.View.Number, replicate.Version.Counter, replicate.Version.Sequence, copy.State);
        bool isAgain = _told.TryGetValue(key, out Statement former) && former.View != statement.View
            && former.Counter == statement.Counter && former.Sequence >= statement.Sequence;
        _told[key] = statement;
        return isAgain && copy is { IsPrimary: true, Work: { } work } && HasRequests(work.Commits)
            ? $"tells {replicate.Version} of {cluster.NameOf(replicate.Session)} again, with commits under way: a holder "
                + $"may have acknowledged it in view {former.View}, and dropped it since"
            : null;
    }

    /// <summary>A primary is about to hear an acknowledgement.</summary>
    public void Before(SimulatedProcess by, Member from, Message? heard)
    {
        _counted = null;
        if (heard is Replicated replicated && _works.TryGetValue((by.Member, replicated.Work), out SessionId session)
            && by.Machine.Inspection.CopyOf(session)?.Work is { } work && work.Number == replicated.Work
            && work.Find(from) is { } holder && (replicated.Version.Counter > holder.SentCounter
                || replicated.Version.Counter < holder.MinimumCounter || replicated.Version.Sequence > holder.Sent))
        {
            _counted = (session, replicated, from, holder.Acknowledged);
        }
    }

    /// <summary>It has heard it: what it has not asked that holder for, in this leadership, counts for nothing.</summary>
    /// <returns>Which rule that breaks, or nothing.</returns>
    public string? After(SimulatedProcess by) =>
        _counted is { } counted && by.Machine.Inspection.CopyOf(counted.Session)?.Work is { } work
            && work.Number == counted.Replicated.Work && work.Find(counted.From) is { } holder
            && holder.Acknowledged > counted.Before
            ? $"counts that {counted.From} has {counted.Replicated.Version} of {cluster.NameOf(counted.Session)}, for which "
                + "it has not asked it"
            : null;

    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Acknowledged(SimulatedProcess by, Member to, Replicated replicated)
    {
        if (!_works.TryGetValue((to, replicated.Work), out SessionId session)
            || by.Machine.Inspection.FollowedBy(session) is not { } told)
        {
            // It has gone since, in the same step, or has got to lead it.
            return null;
        }

        string name = cluster.NameOf(session);
        if (WhyNotForward(by, to, session, replicated, name) is { } reason)
        {
            return reason;
        }

        Configuration recorded = by.Machine.ConfigurationOf(session);
        long sequence = by.Machine.SequenceOf(session);
        return sequence < replicated.Version.Sequence
            ? $"acknowledges {replicated.Version} of {name}, and has {sequence}"
            : !told.Placement.Contains(by.Member) ? $"takes a commit to {name}, of which it is no holder under {told}"
            : told.Placement.Primary != to ? $"takes a commit to {name} from who does not lead it under {told}"
            : HasOtherValues(
                by, to, session, replicated) ? $"acknowledges {replicated.Version} of {name}, and has other values"
            : told.Counter < recorded.Counter ? $"takes a commit to {name} under {told}, though it knows of {recorded}"
            : null;
    }

    /// <param name="by">Who gives a session away.</param>
    /// <param name="to">To whom.</param>
    /// <param name="given">The message.</param>
    /// <param name="isSealed">Whether it had promised the next view before.</param>
    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Gave(SimulatedProcess by, Member to, HandOver given, bool isSealed)
    {
        string name = cluster.NameOf(given.Session);
        var gift = new Gift(given.View, given.Current.Counter, given.Next.Counter, to);
        Gift former = _gifts.GetValueOrDefault((by.Member, given.Session));
        _gifts[(by.Member, given.Session)] = gift;
        if (former.View == gift.View && former.Current == gift.Current && former != gift)
        {
            return $"gives {name} to {to}, after it has given it to {former.To}";
        }

        if (given.Next.Counter <= given.Current.Counter)
        {
            return $"gives {name} away under {given.Next}, after {given.Current}";
        }

        if (!by.Machine.Inspection.IsGivenAway(given.Session))
        {
            return null;
        }

        if (former != gift && WhyNotNow(by, given, isSealed) is { } reason)
        {
            return $"gives {name} away {reason}";
        }

        bool isSame = by.Machine.SequenceOf(given.Session) == given.Sequence
            && by.Machine.StateOf(given.Session)!.HasContentOf(given.State);
        return !isSame ? $"gives {name} away with {given.Sequence}, and has {by.Machine.SequenceOf(given.Session)}"
            : by.Machine.Inspection.HasCommitsUnderWay(given.Session) ? $"gives {name} away with commits under way"
            : null;
    }

    /// <summary>
    /// Nothing is given away after a promise or while a load has it exclusively; what is given has as many copies then.
    /// </summary>
    private string? WhyNotNow(SimulatedProcess by, HandOver given, bool isSealed)
    {
        int present = 0;
        foreach (Member holder in given.Current.Placement.HolderSpan)
        {
            present += by.Machine.View.Contains(holder) ? 1 : 0;
        }

        // What was given in an earlier step may be said for the first time now: there was no connection then.
        SessionCopy copy = by.Machine.Inspection.CopyOf(given.Session)!;
        bool isGivenNow = by.Now - copy.LastAccess == given.Idle;
        return isSealed && isGivenNow ? "after it has promised the next view"
            : copy.Work?.ExclusiveLoad is { } load
                ? $"while the load {load} has it exclusively"
            : given.Next.Placement.HolderSpan.Length < Math.Min(present, 1L + cluster.Options.BackupsOf(by.Member))
                ? $"to {given.Next}, after {given.Current}" : null;
    }

    /// <summary>
    /// A holder never goes back: not to an older state of the same leader, nor within a view to a former leader.
    /// </summary>
    private string? WhyNotForward(
        SimulatedProcess by, Member to, SessionId session, Replicated replicated, string name)
    {
        (Member, SessionId) key = (by.Member, session);
        Acknowledgement former = _acknowledged.GetValueOrDefault(key);
        long sequence = by.Machine.SequenceOf(session);
        long view = by.Machine.Inspection.IsServing ? by.Machine.View.Number : Acknowledgement.Before;
        var next = new Acknowledgement(to, view, replicated.Version.Counter, sequence);
        _acknowledged[key] = next;
        // Where a session has expired on one side it may begin anew on another, under a counter that was used there.
        bool isOneLineage = former.View == Acknowledgement.Before || view == Acknowledgement.Before
            || ViewNumber.AreRelated(former.View, view);
        return former.To == to && former.Counter == next.Counter && sequence < former.Sequence && isOneLineage
            ? $"goes back to {sequence} of {name}, after it has acknowledged {former.Sequence}"
            : former.View == view && view != Acknowledgement.Before && next.Counter < former.Counter
                ? $"takes {replicated.Version} of {name} from {to}, after it has acknowledged what {former.To} said"
                : null;
    }

    private static bool HasRequests(Queue<PendingCommit> commits)
    {
        foreach (PendingCommit commit in commits)
        {
            if (commit.Request is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// One sequence is one state, also where others have led the session in between. Only where it was begun anew beside
    /// those who hold it the sequences begin anew as well: there it is one state under one counter.
    /// </summary>
    private bool HasOtherValues(SimulatedProcess by, Member to, SessionId session, Replicated replicated) =>
        _told.TryGetValue((to, session), out var told) && told.Sequence == replicated.Version.Sequence
        && (told.Counter == replicated.Version.Counter || cluster.Options.PartitionPolicy == PartitionPolicy.Majority)
        && by.Machine.SequenceOf(session) == told.Sequence
        && !by.Machine.StateOf(session)!.HasContentOf(told.State);

    private readonly record struct Statement(long View, long Counter, long Sequence, SessionState State);

    private readonly record struct Acknowledgement(Member To, long View, long Counter, long Sequence)
    {
        /// <summary>Stands for a view of which the holder knows, and has not the map yet.</summary>
        public const long Before = -1;
    }

    private readonly record struct Gift(long View, long Current, long Next, Member To);
}
