using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>Where requests for sessions arrive: it decides who can answer each.</summary>
internal sealed class SessionDesk(
    NodeContext context,
    Heartbeats heartbeats,
    Requests requests,
    Replicator replicator,
    Reconfigurer reconfigurer,
    Recorder recorder,
    TakeOvers takeOvers,
    Locator locator,
    Follower follower,
    Exclusions exclusions,
    Promotions promotions,
    Division division)
{
    public void Handle(SessionRequest request)
    {
        if (context.Settings.Role == MemberRole.Voter || context.HasLeft)
        {
            requests.Fail(request, CommitResult.Unavailable);
        }
        else if (!heartbeats.HasPermission(context.Now))
        {
            requests.Park(request);
        }
        else if (exclusions.IsBroken(request))
        {
            requests.Fail(request, CommitResult.Unavailable);
        }
        else if (!context.Map.TryGet(request.Session, out Location location))
        {
            HandleUnknown(request);
        }
        else if (location.Copy is { IsPrimary: true } copy)
        {
            HandleAtPrimary(request, copy);
        }
        else if (!location.IsRecorded)
        {
            requests.Park(request);
        }
        else if (location.Placement!.IsRemoved && follower.MayStillLive(request.Session))
        {
            requests.Park(request);
        }
        else if (!location.Placement.IsAlive)
        {
            requests.Fail(request, location.Placement.IsLost ? CommitResult.Lost : CommitResult.NotFound);
        }
        else
        {
            HandleElsewhere(request, location);
        }
    }

    public void Touch(SessionId session)
    {
        if (context.Map.CopyOf(session) is { IsPrimary: true } copy)
        {
            Touch(copy);
        }
    }

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
    /// This node should hold the session and does not. A first configuration is recorded before its holders have a
    /// copy, and nothing of it was ever answered; any later one only when they have.
    /// </summary>
    public void GiveUp(SessionId session, Configuration recorded)
    {
        if (division.IsKnown)
        {
            // The other side may have made another use of it.
            context.Map.TryGet(session, out Location location);
            BeginAnew(session, location);
            return;
        }

        // As long as no quorum has that, it may come to nothing: a holder that is away now may lead the session then.
        follower.KeepUntilConfirmed(session, copy: null);
        Placement gone = recorded.Counter == 1 ? Placement.Removed : Placement.Lost;
        recorder.Add(session, new Configuration(recorded.Counter + 1, gone));
    }

    /// <summary>
    /// Who leads the session in the present view: its primary, else the first of its holders that is a member. Where
    /// none is, and others are served all the same, the first node of the view, so that all name the same one.
    /// </summary>
    public Member? OwnerOf(Placement? placement)
    {
        foreach (Member holder in placement?.Holders ?? [])
        {
            if (context.Views.Current.Contains(holder))
            {
                return holder;
            }
        }

        return context.Settings.ServesDivided
            ? context.Views.Current.Members.FirstOrDefault(static member => member.Role == MemberRole.Node).Member is
                { Node.Name.Length: > 0 } first ? first : null
            : null;
    }

    /// <summary>Whether no member of the view holds the session, or is about to.</summary>
    public bool IsOutOfReach(in Location location) => location.IsRecorded
        ? !location.Placement!.Holders.Any(context.Views.Current.Contains)
        : location.Copy is null;

    /// <summary>Begins a session that is known and out of reach, where that is this node's to do.</summary>
    public SessionCopy? BeginIfOutOfReach(SessionId session) =>
        context.Settings.ServesDivided
        && !context.Views.IsSealed
        && context.Map.TryGet(session, out Location location)
        && location is { IsRecorded: true, Placement.IsAlive: true }
        && IsOutOfReach(location)
        && OwnerOf(location.Placement) == context.Self
            ? BeginAnew(session, location)
            : null;

    /// <summary>Begins a session with what is here of it, which may be nothing.</summary>
    private SessionCopy BeginAnew(SessionId session, in Location location)
    {
        if (location.Copy is { Work: not null } former)
        {
            // What was under way was so on another side.
            follower.Demote(former);
        }

        context.Report(new SessionBegunAnew(session));
        return reconfigurer.Adopt(
            session,
            location.Copy,
            AsBegunHere(location.Copy?.State ?? SessionState.Empty),
            location.Copy?.Sequence ?? 0,
            location.Counter);
    }

    /// <summary>A state with which this side begins the session, as it cannot reach those who hold it.</summary>
    public SessionState AsBegunHere(SessionState state) =>
        state.WithMarks((state.Marks ?? ChangeMarks.OfNothing).BegunWith(division.BeginHere()));

    /// <summary>A quorum has recorded that the session is gone.</summary>
    public void Ended(SessionId session)
    {
        TellEverybodyOfTheEnd(session);
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

    private void HandleUnknown(SessionRequest request)
    {
        if (request is { Kind: RequestKind.Commit, Creates: true })
        {
            if (context.Status == MemberStatus.Leaving)
            {
                requests.Fail(request, CommitResult.Unavailable);
                return;
            }

            SessionCopy copy = reconfigurer.Create(request.Session, context.NextCreated());
            replicator.Commit(copy, request);
        }
        else if (!context.Settings.Replicates)
        {
            requests.Fail(request, CommitResult.NotFound);
        }
        else
        {
            requests.Park(request);
            locator.Search(request);
        }
    }

    private void HandleAtPrimary(SessionRequest request, SessionCopy copy)
    {
        CopyWork? work = copy.Work;
        if (work is { IsEnding: true })
        {
            if (request.Kind == RequestKind.Remove)
            {
                work.Endings.Add(request);
            }
            else
            {
                // Until a quorum knows the end, it may come to nothing.
                requests.Park(request);
            }
        }
        else if (work is { GivenAway: not null } || Exclusions.MustWait(request, work))
        {
            requests.Park(request);
        }
        else if (request.Kind == RequestKind.Commit && IsRepeated(request, copy))
        {
            HandleRepeated(request, copy);
        }
        else if (request.Kind == RequestKind.Commit)
        {
            replicator.Commit(copy, request);
        }
        else if (!copy.IsEffective || (request.Kind == RequestKind.Load && work is { Commits.Count: > 0 }))
        {
            // What is not acknowledged yet may still be lost; nobody reads it before.
            requests.Park(request);
        }
        else if (request.Kind == RequestKind.Load)
        {
            Touch(copy);
            exclusions.GrantIfWanted(request, copy);
            requests.Found(request, copy);
        }
        else
        {
            replicator.WorkOf(copy).Endings.Add(request);
            End(copy);
        }
    }

    /// <summary>
    /// The same request has committed before: it was sent again to another node while the first one still ran it, or
    /// this very commit was forwarded once more because nobody knew what had become of it.
    /// </summary>
    private static bool IsRepeated(SessionRequest request, SessionCopy copy) =>
        request.Delta.Outcome is { } outcome && copy.State.OutcomeOf(outcome.RequestKey) is not null;

    private void HandleRepeated(SessionRequest request, SessionCopy copy)
    {
        if (!copy.IsEffective || copy.Work is { Commits.Count: > 0 })
        {
            // The first one may still be lost; then this one is not a repetition.
            requests.Park(request);
        }
        else
        {
            requests.Fail(request, CommitResult.Repeated);
        }
    }

    private void HandleElsewhere(SessionRequest request, in Location location)
    {
        Member? owner = OwnerOf(location.Placement);
        if (owner is null)
        {
            requests.Fail(request, CommitResult.Unavailable);
        }
        else if (BeginIfOutOfReach(request.Session) is not null)
        {
            requests.Park(request);
        }
        else if (owner == context.Self)
        {
            LeadOrPark(request);
        }
        else if (request.Asker is { Answered: null, Node: Member sender })
        {
            requests.Return(request, sender, location);
        }
        else if (request.Kind == RequestKind.Load)
        {
            requests.Park(request);
            takeOvers.Ask(request.Session, owner.Value);
        }
        else if (context.Peers.IsLinked(owner.Value))
        {
            requests.Forward(request, owner.Value);
        }
        else
        {
            requests.Park(request);
        }
    }

    /// <summary>Who asks for a session that this node is to lead does not wait for its turn.</summary>
    private void LeadOrPark(SessionRequest request)
    {
        if (promotions.PromoteIfDue(request.Session) is { } copy)
        {
            HandleAtPrimary(request, copy);
        }
        else
        {
            requests.Park(request);
        }
    }

    /// <summary>
    /// Backups learn of reads in batches; but of the first one after a long rest they learn at once, or one of them
    /// that is promoted just then would end a session that has just been used.
    /// </summary>
    private void Touch(SessionCopy copy)
    {
        bool hasRested = context.Now - copy.LastAccess >= context.Settings.TouchInterval;
        copy.LastAccess = context.Now;
        if (!hasRested || !copy.IsEffective)
        {
            copy.IsTouched = true;
            return;
        }

        var touched = new Touched([new Touch(copy.Session, TimeSpan.Zero)]);
        foreach (Member holder in copy.Configuration.Placement.HolderSpan)
        {
            if (holder != context.Self)
            {
                context.Send(holder, touched);
            }
        }
    }
}
