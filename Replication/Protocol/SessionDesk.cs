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
    Ownership ownership,
    Endings endings,
    TakeOvers takeOvers,
    Locator locator,
    EndsInDoubt ends,
    Confirmations confirmations,
    Exclusions exclusions,
    Promotions promotions)
{
    public void Handle(SessionRequest request)
    {
        if (context.Settings.Role == MemberRole.Voter || context.HasLeft)
        {
            requests.Fail(request, CommitResult.Unavailable);
        }
        else if (!heartbeats.HasPermission(context.Now))
        {
            requests.ParkUntilPermitted(request);
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
        else if (location.Placement!.IsRemoved && ends.MayStillLive(request.Session))
        {
            requests.Park(request);
            confirmations.ConfirmEndIfUnasked(request.Session, location.Counter);
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

    private void HandleUnknown(SessionRequest request)
    {
        if (request is { Kind: RequestKind.Commit, Creates: true })
        {
            if (context.Status == MemberStatus.Leaving || context.Isolation.AmIToBeLeft)
            {
                // Others are to have it, or are about to go on without this node.
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
            endings.End(copy);
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
        Member? owner = ownership.OwnerOf(location.Placement);
        if (owner is null)
        {
            requests.Fail(request, CommitResult.Unavailable);
        }
        else if (ownership.BeginIfOutOfReach(request.Session) is not null)
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
        else if (context.Peers.SaidAt(owner.Value) is { } heardAt)
        {
            requests.Forward(request, owner.Value, heardAt);
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

        var touched = new Touched([new Touch(copy.Session.Prefix, TimeSpan.Zero)]);
        foreach (Member holder in copy.Configuration.Placement.HolderSpan)
        {
            if (holder != context.Self)
            {
                context.Send(holder, touched);
            }
        }
    }
}
