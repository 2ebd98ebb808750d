using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>Makes the copy of this node follow what was recorded by others: it becomes a backup, or it goes.</summary>
internal sealed class Follower(
    NodeContext context, Replicator replicator, Reconfigurer reconfigurer, Requests requests, EndsInDoubt ends)
{
    /// <summary>
    /// There was a view without this member: others have led its sessions on, may have ended them otherwise and later
    /// than was wanted here, and have reported that.
    /// </summary>
    public void Excluded()
    {
        foreach (SessionCopy copy in replicator.Busy)
        {
            copy.Work!.ReportsEnd = false;
        }
    }

    public void Receive(Member from, RecordLocations records)
    {
        if (records.View != context.Views.Current.Number || !context.Views.IsServing || context.Views.IsSealed)
        {
            return;
        }

        foreach (LocationRecord record in records.Records)
        {
            if (context.Map.RecordIfNewer(record.Session, record.Configuration))
            {
                Learn(record);
            }
        }

        context.Send(from, new LocationsRecorded(records.View, records.Batch));
    }

    /// <summary>
    /// Somebody knows of a newer configuration than this node. Where the configuration's own primary says so, or the
    /// session has ended, it is in force, and a copy that it does not need goes.
    /// </summary>
    public void Receive(Member from, Stale stale)
    {
        Configuration told = stale.Configuration;
        if (stale.View != context.Views.Current.Number || !context.Views.Current.Contains(from)
            || context.Views is not { IsServing: true, IsSealed: false } || told.Counter == 0)
        {
            return;
        }

        context.Map.RecordIfNewer(stale.Session, told);
        if (told.Placement.IsRemoved)
        {
            ends.Decided(stale.Session);
        }

        Follow(stale.Session);
        context.Map.TryGet(stale.Session, out Location location);
        bool isInForce = location.Counter >= told.Counter
            && (told.Placement.IsRemoved || (told.Placement.IsAlive && told.Placement.Primary == from));
        if (isInForce && location.Copy is { } copy && !told.Placement.Contains(context.Self)
            && !location.Placement!.Contains(context.Self)
            && IsPast(copy, told.Counter))
        {
            Drop(copy, told.Placement.IsRemoved ? CommitResult.NotFound : CommitResult.Unavailable);
        }
        else if (isInForce && HasBeenPassedOn(location, told))
        {
            FollowAnother(location.Copy, new Location { Counter = told.Counter, Placement = told.Placement });
        }
        else if (location.Copy is { IsPrimary: true, IsEffective: true,
            Work: null or { Change: null, GivenAway: null } } lead
            && lead.Configuration.Counter >= told.Counter && !lead.Configuration.Placement.Contains(from))
        {
            // A former holder asks whether its copy is needed.
            context.SendStale(from, stale.Session, lead.Configuration);
        }
    }

    /// <summary>
    /// Whether this node has given the session away, under a configuration that was in force and in which it is a
    /// holder, and by now another is recorded without it. That record takes no copy away, and who leads the session
    /// may be about to make this node a holder again; but it leads no more.
    /// </summary>
    private bool HasBeenPassedOn(in Location location, Configuration told) =>
        location is { Copy: { IsPrimary: true } copy, Placement: { IsAlive: true } placement }
        && placement.Primary != context.Self && !placement.Contains(context.Self)
        && told.Placement.Contains(context.Self) && IsPast(copy, told.Counter);

    /// <summary>
    /// Whether a backup has not been told anything for so long that no change can be under way that needs it.
    /// </summary>
    public bool IsLeftOver(SessionCopy copy) => context.Now - copy.ReplicatedAt > context.Times.FoundingPatience;

    /// <summary>
    /// Follows what one member has recorded. Few may have, whether it is told or is gathered for the next view.
    /// </summary>
    public void Learn(LocationRecord record)
    {
        if (record.Configuration.Placement.IsRemoved)
        {
            ends.Note(record.Session);
        }

        Follow(record.Session);
    }

    /// <summary>
    /// Brings the copy in line with what is recorded of its session, unless this node leads it. A record may be one
    /// that no quorum has, and that the next view does not know: so it may end a leadership, but it never takes a copy
    /// away.
    /// </summary>
    public void Follow(SessionId session)
    {
        if (context.Views.IsSealed || !context.Map.TryGet(session, out Location location))
        {
            return;
        }

        requests.Resume(session);
        if (location.Copy is { } copy
            && location.Placement is { IsAlive: true } placement
            && placement.Primary != context.Self
            && placement.Contains(context.Self)
            && !IsTakingOver(copy, location.Counter))
        {
            FollowAnother(copy, location);
        }
    }

    /// <summary>
    /// Whether a copy is of a configuration before the one that is in force, and of none that comes after it.
    /// </summary>
    private bool IsPast(SessionCopy copy, long inForce) => copy.IsPrimary
        ? copy.Configuration.Counter < inForce && !IsTakingOver(copy, inForce)
        : copy.Configuration.Counter <= inForce || IsLeftOver(copy);

    /// <summary>Whether the news is older than the hand-over that this node is about to record.</summary>
    private static bool IsTakingOver(SessionCopy copy, long recorded) =>
        copy is { IsPrimary: true, Work.Change: { } change } && change.Target.Counter > recorded;

    /// <summary>
    /// Another member leads the session in this view. A backup that was told a newer configuration than the recorded
    /// one stays as it is: it has acknowledged what came with it, and the record may be under way.
    /// </summary>
    /// <param name="copy">The copy of this node.</param>
    /// <param name="location">What is recorded.</param>
    /// <param name="mayDrop">
    /// Whether a copy that the recorded configuration does not need may go, as that is in force.
    /// </param>
    public void FollowAnother(SessionCopy? copy, in Location location, bool mayDrop = true)
    {
        if (copy is null || (!copy.IsPrimary && WasToldNewer(copy, location)))
        {
            return;
        }

        copy.HasForked |= IsOfAnotherHistory(copy, location);
        if (location.Placement!.Contains(context.Self))
        {
            Demote(copy);
            context.Map.Configure(copy, location.Configuration);

            // What it was told under a later one has come to nothing, and its primary goes on under this one.
            copy.ToldCounter = Math.Min(copy.ToldCounter, location.Counter);
        }
        else if (mayDrop)
        {
            Drop(copy, CommitResult.Unavailable);
        }
        else
        {
            Demote(copy);
            context.SendStale(location.Placement.Primary, copy.Session, location.Configuration);
        }
    }

    /// <summary>
    /// It is recorded that the session has ended, but perhaps by a few only: the copy serves nobody, and stays.
    /// </summary>
    public void KeepUntilConfirmed(SessionId session, SessionCopy? copy)
    {
        ends.Note(session);
        if (copy is not null)
        {
            Demote(copy);
        }
    }

    /// <summary>Ends the copy's leadership. What it had not answered yet may have been lost with it.</summary>
    public void Demote(SessionCopy copy)
    {
        if (copy.IsPrimary)
        {
            copy.HasForked |= copy.Work is { Commits.Count: > 0 };
            copy.OutcomesSince = Instant.Never;
            context.Map.SetRole(copy, isPrimary: false);
        }

        copy.IsEffective = false;
        FailWork(copy, CommitResult.Unavailable);
        requests.Resume(copy.Session);
    }

    /// <summary>Forgets the copy; its bytes go.</summary>
    public void Drop(SessionCopy copy, CommitResult result)
    {
        FailWork(copy, result);
        context.Map.TryGet(copy.Session, out Location location);
        if (copy.CounterUsed > location.Counter)
        {
            context.CounterForgotten = Math.Max(context.CounterForgotten, copy.CounterUsed);
        }

        context.Map.RemoveCopy(copy.Session);
        requests.Resume(copy.Session);
    }

    /// <summary>A quorum has recorded that the session has ended.</summary>
    public void DropEnded(SessionId session)
    {
        ends.Decided(session);
        if (context.Map.CopyOf(session) is { } copy)
        {
            Drop(copy, CommitResult.NotFound);
        }
        else
        {
            requests.Resume(session);
        }
    }

    /// <summary>
    /// A quorum has recorded a configuration without this node. Its copy goes, unless it was told something newer: that
    /// may be about to be recorded, and rests on this copy.
    /// </summary>
    public void DropPassedOn(SessionId session, long counter)
    {
        if (context.Views is { IsServing: true, IsSealed: false }
            && context.Map.TryGet(session, out Location location)
            && location is { Placement: { IsAlive: true } placement, Copy: { IsPrimary: false } copy }
            && !placement.Contains(context.Self)
            && copy.Configuration.Counter <= counter && IsLeftOver(copy))
        {
            Drop(copy, CommitResult.Unavailable);
        }
    }

    /// <summary>
    /// Whether what the copy was told last may have come to nothing, with commits that nobody has answered: by another
    /// primary than the recorded one, or under a configuration that is newer than what is recorded. The sequences of
    /// those commits are given to others now.
    /// </summary>
    private static bool IsOfAnotherHistory(SessionCopy copy, in Location location) =>
        copy.Configuration.Counter > location.Counter
        || copy.Configuration.Placement?.Primary != location.Placement!.Primary;

    private bool WasToldNewer(SessionCopy copy, in Location location) =>
        copy.Configuration.Counter > location.Counter
            && !ViewNumber.IsLater(context.Views.Current.Number, copy.ToldInView)
        && ViewNumber.AreRelated(context.Views.Current.Number, copy.ToldInView);

    private void FailWork(SessionCopy copy, CommitResult result)
    {
        if (copy.Work is not { } work)
        {
            return;
        }

        reconfigurer.End(work);
        replicator.DropWork(copy);
        if (work.ReportsEnd && result == CommitResult.NotFound)
        {
            context.Report(new SessionEnded(copy.Session, work.IsExpiring));
        }

        foreach (PendingCommit commit in work.Commits)
        {
            if (commit.Request is { } request)
            {
                requests.FailUnlessRepeatable(request, result);
            }
        }

        foreach (SessionRequest ending in work.Endings)
        {
            if (work.IsEnding && result == CommitResult.NotFound)
            {
                // A view has decided the end that was under way: it came true as asked.
                requests.Committed(ending, copy, copy.Sequence);
            }
            else
            {
                requests.Fail(ending, result);
            }
        }
    }
}
