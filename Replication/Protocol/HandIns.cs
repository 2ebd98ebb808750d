using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// The lineage that stays takes what members of another one hand in: the session's leader merges it, or a member adopts
/// a session that nobody here has, both by an ordinary commit, so that every holder has it before the answer.
/// </summary>
internal sealed class HandIns(
    NodeContext context,
    Heartbeats heartbeats,
    Requests requests,
    Replicator replicator,
    Reconfigurer reconfigurer,
    Recorder recorder,
    TakeOvers takeOvers,
    SessionDesk desk)
{
    private const int CountedMaximum = 100_000;

    private readonly HashSet<(Member, SessionId)> _underWay = [];
    private readonly HashSet<(SessionId, OverwrittenKey)> _counted = [];
    private readonly HashSet<(Member, SessionId)> _sentOn = [];

    /// <summary>What cannot be decided now is not answered, and is asked again soon.</summary>
    public void Receive(Member from, HandIn given)
    {
        if (given.View != context.Views.Current.Number || !heartbeats.HasPermission(context.Now) || context.Views.IsSealed
            || _underWay.Contains((from, given.Session)))
        {
            return;
        }

        context.Map.TryGet(given.Session, out Location location);
        if (location.Placement is { IsRemoved: true, IsExpired: false })
        {
            Answer(from, given, HandInVerdict.Taken);
        }
        else if (desk.OwnerOf(location.Placement) is not { } owner)
        {
            return;
        }
        else if (owner != context.Self)
        {
            SendOn(from, given, owner);
        }
        else if (given.Configuration.Placement.IsRemoved)
        {
            End(from, given, location);
        }
        else if (location.Copy is { IsPrimary: true } copy)
        {
            Merge(from, given, copy);
        }
        else if (desk.IsOutOfReach(location))
        {
            Adopt(from, given, location);
        }
    }

    /// <summary>Forgets what was counted, when no side can come any more that holds it.</summary>
    public void ViewChanged(bool isDivided)
    {
        _sentOn.Clear();
        if (!isDivided)
        {
            _counted.Clear();
        }
    }

    /// <summary>Who was sent on and comes again cannot reach the owner; so the session comes here.</summary>
    private void SendOn(Member from, HandIn given, Member owner)
    {
        if (_sentOn.Add((from, given.Session)) || context.Settings.Role == MemberRole.Voter)
        {
            context.Send(from, new HandedIn(given.Session, given.Sequence, HandInVerdict.Elsewhere, owner));
        }
        else
        {
            takeOvers.Ask(given.Session, owner);
        }
    }

    private void Merge(Member from, HandIn given, SessionCopy copy)
    {
        if (!copy.IsEffective
            || copy.Work is { IsEnding: true } or { GivenAway: not null } or { IsClaimed: true } or { ExclusiveLoad: not null })
        {
            // Who holds the session exclusively will write what it makes of the values as they are.
            return;
        }

        if (given.State is null)
        {
            bool hasItAll = copy.State.Marks is not { } marks || marks.Had >= given.Sequence;
            Answer(from, given, hasItAll ? HandInVerdict.Taken : HandInVerdict.NeedsState);
            return;
        }

        bool isOfThisSide = context.Peers.Find(from.Node) is { IsElsewhere: false };
        bool hadItAll = copy.State.Marks is not { } marked || marked.Common >= given.Sequence;
        var merge = SessionMerge.Of(copy.State, given.State, areTheirsOld: isOfThisSide && hadItAll);
        copy.LastAccess = Instant.Max(copy.LastAccess, context.Now - given.Idle);
        if (merge.IsChanged)
        {
            long sequence = Math.Max(copy.Sequence, given.Sequence) + 1;
            replicator.Replace(copy, merge.State, sequence, Await(from, given, merge.Overwritten));
        }
        else if (copy.Work is not { Commits.Count: > 0 })
        {
            Report(from, given, merge.Overwritten);
            Answer(from, given, HandInVerdict.Taken);
        }
    }

    /// <summary>A session that was created on the other side, or of which this side has no copy.</summary>
    private void Adopt(Member from, HandIn given, in Location location)
    {
        if (given.State is null)
        {
            Answer(from, given, HandInVerdict.NeedsState);
            return;
        }

        if (location is { IsRecorded: true, Placement.IsAlive: true })
        {
            context.Report(new SessionBegunAnew(given.Session));
        }

        SessionCopy copy = reconfigurer.Adopt(
            given.Session, location.Copy, given.State, given.Sequence, given.Configuration.Counter);
        copy.LastAccess = context.Now - given.Idle;
        replicator.AnswerWhenHeld(copy, Await(from, given, []));
    }

    private void End(Member from, HandIn given, in Location location)
    {
        if (location.Copy is { IsPrimary: true } copy)
        {
            if (copy.IsEffective && copy.Work is not ({ IsEnding: true } or { GivenAway: not null }))
            {
                replicator.WorkOf(copy).Endings.Add(Await(from, given, []));
                desk.End(copy);
            }
        }
        else
        {
            // Nobody here has it; but a third side may.
            long counter = Math.Max(location.Counter, given.Configuration.Counter);
            recorder.Add(given.Session, new Configuration(counter + 1, Placement.Removed));
        }
    }

    private SessionRequest Await(Member from, HandIn given, IReadOnlyList<OverwrittenKey> overwritten)
    {
        _underWay.Add((from, given.Session));
        var request = new SessionRequest(
            0, given.Session, RequestKind.Commit, context.Now + context.Settings.CommitTimeout)
        {
            Asker = new Asker(from, result =>
            {
                _underWay.Remove((from, given.Session));
                if (result == CommitResult.Committed)
                {
                    Report(from, given, overwritten);
                    Answer(from, given, HandInVerdict.Taken);
                }
            }),
        };
        requests.Await(request);
        return request;
    }

    /// <summary>The holders of the other side hand in the same; what has given way is counted once.</summary>
    private void Report(Member from, HandIn given, IReadOnlyList<OverwrittenKey> overwritten)
    {
        int count = 0;
        foreach (OverwrittenKey key in overwritten)
        {
            count += _counted.Count < CountedMaximum && !_counted.Add((given.Session, key)) ? 0 : 1;
        }

        context.Report(new SessionMerged(given.Session, from, count));
    }

    private void Answer(Member from, HandIn given, HandInVerdict verdict) =>
        context.Send(from, new HandedIn(given.Session, given.Sequence, verdict, default));
}
