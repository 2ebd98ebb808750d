using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>How a session ends: because it is removed or has expired, or because nobody has it any more.</summary>
internal sealed class Endings(
    NodeContext context,
    Requests requests,
    Replicator replicator,
    Recorder recorder,
    Follower follower,
    Ownership ownership,
    Division division)
{
    private readonly HashSet<SessionId> _outOfReach = [];
    private readonly Dictionary<SessionId, Configuration> _hadEnded = [];

    /// <summary>Ends a session: a quorum records that it is gone, then everybody drops what they hold of it.</summary>
    public void End(SessionCopy copy)
    {
        CopyWork work = replicator.WorkOf(copy);
        work.IsEnding = true;
        work.ReportsEnd = true;
        context.Map.TryGet(copy.Session, out Location location);
        long counter = Math.Max(location.Counter, work.Change?.Target.Counter ?? copy.Configuration.Counter);
        bool mayLiveElsewhere = work.IsExpiring && context.Settings.ServesDivided;
        recorder.Add(
            copy.Session, new Configuration(counter + 1, mayLiveElsewhere ? Placement.Expired : Placement.Removed));
    }

    /// <summary>
    /// The map of another side, which knows this node for a holder, has taken the place of the end that the session has
    /// had here: who has let it go on one side has no copy for the other.
    /// </summary>
    public void NoteIfHadEnded(LocationRecord record, Configuration former)
    {
        if (context.Settings.ServesDivided && former is { Counter: > 0, Placement.IsRemoved: true }
            && record.Configuration.Placement.Contains(context.Self))
        {
            _hadEnded[record.Session] = former;
        }
    }

    /// <summary>What a view means for each session is decided.</summary>
    public void Reconciled() => _hadEnded.Clear();

    /// <summary>
    /// This node should hold the session and does not. A first configuration is recorded before its holders have a
    /// copy, and nothing of it was ever answered; any later one only when they have.
    /// </summary>
    public void GiveUp(SessionId session, Configuration recorded)
    {
        // The end follows what is recorded, or another side has begun the session anew since.
        Placement? end = _hadEnded.TryGetValue(session, out Configuration ended) && ended.Counter > recorded.Counter
            ? ended.Placement
            : null;
        if (end is null && division.IsKnown)
        {
            // The other side may have made another use of it.
            context.Map.TryGet(session, out Location location);
            ownership.BeginAnew(session, location);
            return;
        }

        // As long as no quorum has that, it may come to nothing: a holder that is away now may lead the session then.
        follower.KeepUntilConfirmed(session, copy: null);
        Placement gone = end ?? (recorded.Counter == 1 ? Placement.Removed : Placement.Lost);
        recorder.Add(session, new Configuration(recorded.Counter + 1, gone));
    }

    /// <summary>
    /// Ends a session that nobody in the view has, and that has not been used for its time. Who comes back before a
    /// quorum has that may lead it on.
    /// </summary>
    public void EndOutOfReach(SessionId session)
    {
        context.Map.TryGet(session, out Location location);
        follower.KeepUntilConfirmed(session, copy: null);
        recorder.Add(session, new Configuration(location.Counter + 1, Placement.Removed));
        _outOfReach.Add(session);
    }

    /// <summary>What was under way is decided by the view.</summary>
    public void ViewChanged() => _outOfReach.Clear();

    /// <summary>A quorum has recorded that the session is gone.</summary>
    public void Ended(SessionId session)
    {
        TellEverybodyOfTheEnd(session);
        if (_outOfReach.Remove(session))
        {
            context.Report(new SessionEnded(session, Expired: true));
        }

        if (context.Map.CopyOf(session) is { } copy)
        {
            List<SessionRequest> endings = copy.Work?.Endings ?? [];
            foreach (SessionRequest ending in endings)
            {
                requests.Committed(ending, copy, copy.Sequence);
            }
        }

        follower.DropEnded(session);
        requests.Resume(session);
    }

    /// <summary>A quorum knows: the holders may drop their copies, and everybody may answer so.</summary>
    private void TellEverybodyOfTheEnd(SessionId session)
    {
        context.Map.TryGet(session, out Location location);
        foreach (ViewMember member in context.Views.Current.Span)
        {
            if (member.Member != context.Self)
            {
                context.SendStale(member.Member, session, location.Configuration);
            }
        }
    }
}
