using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>Makes the copy of this node follow what was recorded by others: it becomes a backup, or it goes.</summary>
internal sealed class Follower(NodeContext context, Replicator replicator, Reconfigurer reconfigurer, Requests requests)
{
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
                Follow(record.Session);
            }
        }

        context.Send(from, new LocationsRecorded(records.View, records.Batch));
    }

    public void Receive(Member from, Stale stale)
    {
        if (context.Views.Current.Contains(from) && context.Views is { IsServing: true, IsSealed: false }
            && stale.Configuration.Counter > 0
            && context.Map.RecordIfNewer(stale.Session, stale.Configuration))
        {
            Follow(stale.Session);
        }
    }

    /// <summary>Brings the copy in line with what is recorded of its session, unless this node leads it.</summary>
    public void Follow(SessionId session)
    {
        if (context.Views.IsSealed || !context.Map.TryGet(session, out Location location))
        {
            return;
        }

        requests.Resume(session);
        if (location.Copy is not { } copy)
        {
            return;
        }

        Placement placement = location.Placement!;
        if (!placement.IsAlive)
        {
            Drop(copy, placement.IsLost ? CommitResult.Lost : CommitResult.NotFound);
        }
        else if (placement.Primary != context.Self)
        {
            FollowAnother(copy, location);
        }
    }

    /// <summary>
    /// Another member leads the session. A backup that was told a newer configuration than the recorded one stays as it
    /// is: it has acknowledged what came with it, and the record may be under way.
    /// </summary>
    public void FollowAnother(SessionCopy? copy, in Location location)
    {
        if (copy is null || (!copy.IsPrimary && copy.Configuration.Counter > location.Counter))
        {
            return;
        }

        if (location.Placement!.Contains(context.Self))
        {
            Demote(copy);
            copy.Configuration = location.Configuration;
        }
        else
        {
            Drop(copy, CommitResult.Unavailable);
        }
    }

    /// <summary>Ends the copy's leadership. What it had not answered yet may have been lost with it.</summary>
    public void Demote(SessionCopy copy)
    {
        if (copy.IsPrimary)
        {
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
        context.Map.RemoveCopy(copy.Session);
        requests.Resume(copy.Session);
    }

    private void FailWork(SessionCopy copy, CommitResult result)
    {
        if (copy.Work is not { } work)
        {
            return;
        }

        reconfigurer.End(work);
        replicator.DropWork(copy);
        foreach (PendingCommit commit in work.Commits)
        {
            requests.Fail(commit.Request, result);
        }

        foreach (SessionRequest ending in work.Endings)
        {
            requests.Fail(ending, result);
        }
    }
}
