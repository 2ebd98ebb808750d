using SessionCluster.Replication.Protocol;

namespace SessionCluster.Replication.Membership;

/// <summary>
/// The proposing half of the agreement on views. One member proposes at a time as a rule (the first by name that can);
/// when two do, the ballots sort it out.
/// </summary>
internal sealed class ViewProposer(
    NodeContext context, MapSync sync, ViewAcceptor acceptor, ViewPlanner planner, Division division)
{
    private ViewAttempt? _attempt;
    private long _highestCounter;
    private Instant _deferringUntil = Instant.Zero;

    public void Tick()
    {
        if (_attempt is { } attempt && context.Now - attempt.StartedAt > planner.PatienceWith(attempt.Ballot.Counter)
            && !IsMapUnderWay(attempt))
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
    /// Whether the map of somebody who has promised is on its way here, or the one to be agreed to somebody who has not
    /// accepted yet. However many pages they have, they end, as nobody who has promised records anything more; who
    /// began again would begin with the first page. A group that divides does so only while it hears no quorum, and
    /// looks at that anew each time.
    /// </summary>
    private bool IsMapUnderWay(ViewAttempt attempt)
    {
        if (IsDividing(attempt) || !(attempt.IsAccepting || attempt.LacksMap))
        {
            return false;
        }

        foreach (ref readonly ViewMember member in context.Views.Current.Span)
        {
            // Who has begun anew copies maps as well, and belongs to no attempt.
            bool hasVoted = (attempt.IsAccepting ? attempt.Accepts : attempt.Promises).Contains(member.Member);
            if (!hasVoted && !context.Peers.IsGone(member.Member) && context.Peers.Find(member.Member.Node) is { } peer
                && context.Now - peer.PageAt < context.Settings.HolderPatience)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Tells those again who have nothing to do with the maps that are under way: they would else attempt something
    /// themselves, and all would begin again. Who copies the map to be agreed would begin again if it was told.
    /// </summary>
    private void RemindIfDue(ViewAttempt attempt)
    {
        if (_attempt != attempt || context.Now - attempt.SaidAt < context.Settings.HolderPatience / 2
            || attempt.Ballot < context.Views.Promised || !IsMapUnderWay(attempt))
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
        if (attempt.AcceptedView is null || IsDividing(attempt))
        {
            attempt.Merging.Add(from);
            attempt.Merged[from] = promise.Digests;
            sync.Pull(from, promise.Digests, PullMode.Gather, pull => Gathered(attempt, from, pull));
        }
        else if (binds)
        {
            TakeMapOf(attempt, from, promise.Digests);
        }
        else
        {
            attempt.Promises.Add(context.Views.AsMember(from));
            Continue(attempt);
        }
    }

    /// <summary>
    /// What may have been agreed is the view with its map. What this member or others know beside that map came to
    /// nothing: with it, some would begin the view with another map than those who have begun it already.
    /// </summary>
    private void TakeMapOf(ViewAttempt attempt, Member from, IReadOnlyList<BucketDigest> digests)
    {
        sync.Clear();
        attempt.Promises.UnionWith(attempt.Merging.Select(context.Views.AsMember));
        attempt.Merging.Clear();
        attempt.Merged.Clear();
        attempt.Grown.Clear();
        attempt.AwaitedMap = from;
        sync.Pull(from, digests, PullMode.Replace, pull =>
        {
            // Who has entered that view meanwhile has told what it has recorded there since.
            bool came = pull.IsComplete && context.Map.Differing(digests).Count == 0;
            if (came && attempt.AwaitedMap == from)
            {
                attempt.AwaitedMap = null;
            }

            Gathered(attempt, from, pull with { IsComplete = came });
        });
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

    private void Gathered(ViewAttempt attempt, Member from, PullResult pull)
    {
        attempt.Merging.Remove(from);
        attempt.Grown.UnionWith(pull.Grown);
        if (pull.IsComplete)
        {
            attempt.Promises.Add(context.Views.AsMember(from));
        }

        if (ReferenceEquals(_attempt, attempt))
        {
            Continue(attempt);
        }
    }

    /// <summary>
    /// Goes on to the second half as soon as a quorum has promised and the map is here. Nobody waits for
    /// members that are slow: they stay members, and one that turns out to be dead costs a view of its own.
    /// </summary>
    private void Continue(ViewAttempt attempt)
    {
        if (attempt.IsAccepting || attempt.LacksMap || !IsEnough(attempt, attempt.Promises)
            || IsFounderAwaited(attempt) || GivesWay(attempt) || LacksEnds(attempt))
        {
            return;
        }

        if (ViewToPropose(attempt) is not { } next || acceptor.MustWaitFor(next))
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
                && (!IsDividing(attempt) || next.Contains(process)))
            {
                context.Send(process, accept);
            }
        }

        DecideIfAccepted(attempt);
    }

    /// <summary>
    /// Asks those again whose maps were merged before sessions came of which nothing was recorded here: a map that has
    /// not what is recorded of them now may have their end.
    /// </summary>
    /// <returns>Whether anybody was asked.</returns>
    private bool LacksEnds(ViewAttempt attempt)
    {
        int[] grown = [.. attempt.Grown];
        attempt.Grown.Clear();
        foreach ((Member member, IReadOnlyList<BucketDigest> digests) in grown.Length > 0 ? attempt.Merged.ToArray() : [])
        {
            List<int> asked = [.. context.Map.Differing(digests).Intersect(grown)];
            if (asked.Count > 0)
            {
                attempt.Promises.Remove(context.Views.AsMember(member));
                attempt.Merging.Add(member);
                sync.Pull(member, asked, PullMode.Gather, pull => Gathered(attempt, member, pull));
            }
        }

        return attempt.LacksMap;
    }

    private void DecideIfAccepted(ViewAttempt attempt)
    {
        if (IsEnough(attempt, attempt.Accepts) && attempt.View is { } agreed)
        {
            _attempt = null;
            acceptor.Install(agreed);
        }
    }

    /// <summary>
    /// What an earlier attempt may have decided binds the next view. A group that divides decides for nobody else: it
    /// goes on when every one of it agrees, and nobody but its proposer ever completes that.
    /// </summary>
    /// <returns>Nothing while it is waited for promises.</returns>
    private View? ViewToPropose(ViewAttempt attempt) => IsDividing(attempt)
        ? division.ViewWithout(attempt.Silent)
        : attempt.AcceptedView ?? NextView(attempt);

    /// <summary>Newcomers are let in with the promises of all who are heard.</summary>
    private View? NextView(ViewAttempt attempt)
    {
        View current = context.Views.Current;
        View next = planner.NextView(attempt.Silent, admits: true);
        if (current.Number == 0 || next.Members.All(member => current.Contains(member.Member))
            || planner.MayAdmit(attempt.Promises.Contains))
        {
            return next;
        }

        // Who is dead or silent does not stay a member for their sake.
        View remaining = planner.NextView(attempt.Silent, admits: false);
        if (remaining.Members.Count == current.Members.Count
            && context.Now - attempt.StartedAt <= context.Settings.HolderPatience / 2)
        {
            return null;
        }

        planner.Postpone();
        return remaining;
    }

    private bool IsEnough(ViewAttempt attempt, HashSet<Member> voters) => IsDividing(attempt)
        ? context.Views.Current.Members.All(member => attempt.Silent.Contains(member.Member)
            || voters.Contains(member.Member))
        : Quorum.HasDecided(context.Views.Current, voters.Contains, context.Peers, context.Now);

    /// <summary>
    /// What a founder knows to be lost, as it was of the cluster before, nobody else knows; and nobody serves yet who
    /// would have to wait. So all promise who are heard.
    /// </summary>
    private bool IsFounderAwaited(ViewAttempt attempt) =>
        context.Views.Current.Number == 0 && !IsDividing(attempt) && context.Peers.All.Any(
            peer => peer is { Link: { } process, HasReported: true, View: 0 }
                && !attempt.Promises.Contains(context.Views.AsMember(process))
                && !context.Peers.IsAway(process, context.Now));

    private bool IsDividing(ViewAttempt attempt) =>
        !ViewNumber.AreRelated(attempt.Number, context.Views.Current.Number);
}
