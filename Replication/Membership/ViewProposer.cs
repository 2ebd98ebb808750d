using SessionCluster.Replication.Protocol;

namespace SessionCluster.Replication.Membership;

/// <summary>
/// The proposing half of the agreement on views. One member proposes at a time as a rule (the first by name that can);
/// when two do, the ballots sort it out.
/// </summary>
internal sealed class ViewProposer(
    NodeContext context,
    MapSync sync,
    ViewAcceptor acceptor,
    ViewLearner learner,
    ViewPlanner planner,
    ViewDecision decision,
    MapGathering maps,
    Division division)
{
    private ViewAttempt? _attempt;
    private long _highestCounter;
    private Instant _deferringUntil = Instant.Zero;

    public void Tick()
    {
        if (_attempt is { } attempt && context.Now - attempt.StartedAt > planner.PatienceWith(attempt.Ballot.Counter)
            && !maps.AreUnderWay(attempt))
        {
            _attempt = null;
        }

        if (_attempt is { } running)
        {
            Continue(running);
            RemindIfDue(running);
        }
        else if (context.Now >= _deferringUntil && planner.IsMyTurn())
        {
            Begin();
        }
    }

    /// <summary>
    /// Tells those again who have nothing to do with the maps that are under way: they would else attempt something
    /// themselves, and all would begin again. Who copies the map to be agreed would begin again if it was told.
    /// </summary>
    private void RemindIfDue(ViewAttempt attempt)
    {
        if (_attempt != attempt || context.Now - attempt.SaidAt < context.Settings.HolderPatience / 2
            || attempt.Ballot < context.Views.Promised || !maps.AreUnderWay(attempt))
        {
            return;
        }

        attempt.SaidAt = context.Now;
        foreach (ref readonly ViewMember member in context.Views.Current.Span)
        {
            if ((!attempt.IsAccepting || attempt.Accepts.Contains(member.Member))
                && context.Peers.Find(member.Member.Node)?.Link is { } process && context.Views.Includes(process)
                && !attempt.Silent.Contains(process))
            {
                context.Send(process, attempt.Said);
            }
        }
    }

    /// <summary>Ballots are counted for each view anew.</summary>
    public void Abandon()
    {
        _attempt = null;
        _highestCounter = 0;
        _deferringUntil = Instant.Zero;
    }

    public void Receive(Member from, ViewPromise promise)
    {
        // Ballots are counted for each view anew: a promise that comes late may name one that is used again.
        if (_attempt is not { IsAccepting: false } attempt
            || promise.Number != attempt.Number || promise.Ballot != attempt.Ballot || GivesWay(attempt))
        {
            return;
        }

        bool binds = attempt.Consider(promise.AcceptedBallot, promise.AcceptedView);
        if (attempt.AcceptedView is null || decision.IsDividing(attempt))
        {
            maps.Merge(attempt, from, promise.Digests);
        }
        else if (binds)
        {
            maps.Take(attempt, from, promise.Digests);
        }
        else
        {
            attempt.Promises.Add(context.Views.AsMember(from));
            Continue(attempt);
        }
    }

    public void Receive(Member from, ViewRefused refused)
    {
        _highestCounter = Math.Max(_highestCounter, refused.Ballot.Counter);
        if (_attempt is not { } attempt || refused.Number != attempt.Number)
        {
            return;
        }

        if (refused.Ballot > attempt.Ballot)
        {
            GiveWayTo(refused.Ballot);
        }
        else if (refused.Ballot == attempt.Ballot)
        {
            // It has no vote, and has not heard of what is attempted here.
            context.Peers.Find(from.Node)?.NoteIgnorance(refused.Number, attempt.StartedAt);
            Continue(attempt);
        }
    }

    /// <summary>
    /// Whether this member has promised a higher attempt meanwhile. It follows no lower one, not even its own; and where
    /// it has accepted the view of the other one, it merges nothing more into the map of that.
    /// </summary>
    private bool GivesWay(ViewAttempt attempt)
    {
        bool isOutbid = attempt.Ballot < context.Views.Promised;
        if (isOutbid)
        {
            GiveWayTo(context.Views.Promised);
        }

        return isOutbid;
    }

    private void GiveWayTo(Ballot higher)
    {
        _attempt = null;
        _deferringUntil = context.Now + planner.DeferenceTo(higher.Counter, planner.Rank());
    }

    public void Receive(Member from, ViewAccepted accepted)
    {
        if (_attempt is { IsAccepting: true } attempt
            && accepted.Number == attempt.Number && accepted.Ballot == attempt.Ballot)
        {
            attempt.Accepts.Add(context.Views.AsMember(from));
            DecideIfAccepted(attempt);
        }
    }

    /// <summary>A map has come that was awaited, or could not.</summary>
    public void MapCame(ViewAttempt attempt)
    {
        if (ReferenceEquals(_attempt, attempt))
        {
            Continue(attempt);
        }
    }

    private void Begin()
    {
        ViewState views = context.Views;
        _highestCounter = Math.Max(_highestCounter, views.Promised.Counter) + 1;
        ViewPrepare prepare = Prepare();
        bool isPromised = division.IsDue
            ? acceptor.TryPromiseToDivide(context.Self, prepare)
            : acceptor.TryPromise(prepare);
        if (!isPromised)
        {
            return;
        }

        // What still comes for an attempt that was given up, for another's, or to repair the map would change it after
        // it was proposed, and those who copy it late would begin the view with another one.
        sync.Clear();
        var attempt = new ViewAttempt(prepare, context.Now);
        attempt.Consider(views.Accepted, views.AcceptedView);
        attempt.Promises.Add(views.AsMember(context.Self));
        _attempt = attempt;
        bool asksAll = !division.IsDue && views.Current.Number > 0 && Quorum.IsMostlyGone(views.Current, context.Peers);
        foreach (Peer peer in context.Peers.All)
        {
            if (peer.Link is not { } process || prepare.Silent.Contains(process)
                || !(asksAll || views.Includes(process)))
            {
                continue;
            }

            if (asksAll)
            {
                TellOfDeaths(process);
            }

            context.Send(process, prepare);
        }

        Continue(attempt);
    }

    /// <summary>
    /// The dead may have gone on with others, or with whoever goes on now. Who has promised, or says that it knows
    /// nothing of that, must not hear of it any more.
    /// </summary>
    private void TellOfDeaths(Member process)
    {
        foreach (ViewMember member in context.Views.Current.Span)
        {
            if (context.Peers.Find(member.Member.Node) is { } other && member.Member.Incarnation <= other.DeadUpTo)
            {
                context.Send(process, new DeathNotice(member.Member));
            }
        }
    }

    /// <summary>
    /// The next view; or, where no quorum has been heard for long, the first one of those who are heard.
    /// </summary>
    private ViewPrepare Prepare()
    {
        var ballot = new Ballot(_highestCounter, context.Self.Node);
        if (!division.IsDue)
        {
            return new ViewPrepare(context.Views.Current.Number + 1, ballot, planner.SilentMembers());
        }

        IReadOnlyList<Member> others = division.Others();
        return new ViewPrepare(division.NumberWithout(others), ballot, others);
    }

    /// <summary>
    /// Goes on to the second half as soon as a quorum has promised and the map is here. Nobody waits for
    /// members that are slow: they stay members, and one that turns out to be dead costs a view of its own.
    /// </summary>
    private void Continue(ViewAttempt attempt)
    {
        if (attempt.IsAccepting || attempt.LacksMap || !decision.IsEnough(attempt, attempt.Promises)
            || decision.IsFounderAwaited(attempt) || GivesWay(attempt) || maps.LackEnds(attempt))
        {
            return;
        }

        if (decision.ViewToPropose(attempt) is not { } next || acceptor.MustWaitFor(next))
        {
            return;
        }

        var accept = new ViewAccept(attempt.Ballot, next, context.Map.CopyDigests());
        attempt.Accept(accept, context.Now);
        ViewState views = context.Views;
        views.Accepted = attempt.Ballot;
        views.AcceptedView = next;
        attempt.Accepts.Add(views.AsMember(context.Self));
        foreach (ViewMember member in views.Current.Span)
        {
            if (context.Peers.Find(member.Member.Node)?.Link is { } process && views.Includes(process)
                && (!decision.IsDividing(attempt) || next.Contains(process)))
            {
                context.Send(process, accept);
            }
        }

        DecideIfAccepted(attempt);
    }

    private void DecideIfAccepted(ViewAttempt attempt)
    {
        if (decision.IsEnough(attempt, attempt.Accepts) && attempt.View is { } agreed)
        {
            _attempt = null;
            learner.Install(agreed);
        }
    }
}
