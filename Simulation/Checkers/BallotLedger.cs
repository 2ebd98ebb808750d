using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// The rules of Paxos, overheard: a promise and an acceptance never go back, and what a majority has accepted is
/// proposed by everybody from then on. Who founds a cluster anew
/// has forgotten what it promised before.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class BallotLedger(SimulatedCluster cluster)
{
    /// <summary>
    /// Of the universe, which decides about the first view, nobody knows the processes; and who has nobody left to join
    /// begins with it once more.
    /// </summary>
    private const long FirstView = 1;

    private readonly Dictionary<(Member Voter, View Present), Vote> _votes = [];
    private readonly Dictionary<(View Present, Ballot Ballot), Proposal> _proposals = [];
    private readonly List<View> _views = [];

    /// <summary>Who has agreed to found a cluster, and is in no view since.</summary>
    private readonly HashSet<Member> _founders = [];

    /// <summary>The vote of each host's process in its view: asked for before each step.</summary>
    private readonly Known[] _known = new Known[cluster.Nodes.Count];

    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Promised(SimulatedProcess voter, ViewPromise promise)
    {
        if (promise.Number == FirstView)
        {
            return null;
        }

        Vote vote = VoteOf(voter.Member, PresentOf(voter));
        if (promise.Ballot < vote.Promised)
        {
            return $"promises {promise.Ballot} after {vote.Promised}";
        }

        vote.Promised = promise.Ballot;
        return promise.AcceptedBallot < vote.Accepted
            ? $"says nothing of what it has accepted under {vote.Accepted}"
            : null;
    }

    /// <summary>A member attempts the next view, and so promises to follow no older attempt itself.</summary>
    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Prepared(SimulatedProcess proposer, ViewPrepare prepare)
    {
        if (prepare.Number == FirstView || proposer.Machine.View.Number != prepare.Number - 1)
        {
            return null;
        }

        Vote own = VoteOf(proposer.Member, PresentOf(proposer));
        if (prepare.Ballot < own.Promised)
        {
            return $"attempts {prepare.Ballot} after it has promised {own.Promised}";
        }

        own.Promised = prepare.Ballot;
        return null;
    }

    /// <summary>Whether a member was heard to promise the view that follows the one in which it is.</summary>
    public bool HasPromised(SimulatedProcess member)
    {
        View view = member.Machine.View;
        ref Known known = ref _known[member.Host];
        if (known.View != view || known.Voter != member.Member)
        {
            known = new Known(member.Member, view, VoteOf(member.Member, PresentOf(member)));
        }

        return view.Number >= FirstView && known.Vote.Promised != default;
    }

    /// <summary>
    /// A member has entered a view. Who may still speak of those before a founding slept meanwhile, as nobody founds a
    /// cluster while it hears of an older one; what was decided in those died with all who knew it.
    /// </summary>
    public void Entered(SimulatedProcess member, View view)
    {
        if (!_founders.Remove(member.Member) || view.Number != FirstView)
        {
            return;
        }

        foreach (Vote vote in _votes.Where(vote => vote.Key.Voter == member.Member).Select(static vote => vote.Value))
        {
            vote.Forget();
        }

        foreach (Proposal proposal in _proposals.Values)
        {
            proposal.Accepts.Remove(member.Member);
        }
    }

    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Accepted(SimulatedProcess voter, ViewAccepted accepted)
    {
        if (accepted.Number == FirstView)
        {
            _founders.Add(voter.Member);
            return null;
        }

        Vote vote = VoteOf(voter.Member, PresentOf(voter));
        if (accepted.Ballot < vote.Promised || accepted.Ballot < vote.Accepted)
        {
            return $"accepts {accepted.Ballot} after it has promised {vote.Promised}";
        }

        vote.Promised = accepted.Ballot;
        vote.Accepted = accepted.Ballot;
        if (_proposals.TryGetValue((PresentOf(voter), accepted.Ballot), out Proposal? proposal))
        {
            proposal.Accepts.Add(voter.Member);
        }

        return null;
    }

    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Proposed(SimulatedProcess proposer, ViewAccept accept)
    {
        if (accept.View.Number == FirstView)
        {
            _founders.Add(proposer.Member);
            return null;
        }

        View present = PresentOf(proposer);
        if (present.Number != accept.View.Number - 1)
        {
            // It may have decided alone already.
            return null;
        }

        Vote own = VoteOf(proposer.Member, present);
        if (accept.Ballot < own.Promised)
        {
            return $"follows its own {accept.Ballot} after it has promised {own.Promised}";
        }

        own.Promised = accept.Ballot > own.Promised ? accept.Ballot : own.Promised;
        own.Accepted = accept.Ballot > own.Accepted ? accept.Ballot : own.Accepted;
        return _proposals.TryAdd((present, accept.Ballot), new Proposal(accept.View, proposer.Member))
            ? WhyAnotherIsChosen(present, accept)
            : null;
    }

    private string? WhyAnotherIsChosen(View present, ViewAccept accept)
    {
        foreach (((View of, Ballot ballot), Proposal earlier) in _proposals)
        {
            if (of == present && ballot < accept.Ballot
                && earlier.Accepts.Count * 2 > present.Members.Count && earlier.Accepts.Any(IsAlive)
                && !earlier.View.Members.SequenceEqual(accept.View.Members))
            {
                return $"proposes {accept.View}, though {earlier.View} was accepted by {earlier.Accepts.Count}";
            }
        }

        return null;
    }

    private bool IsAlive(Member member) =>
        cluster.Nodes[cluster.HostOf(member.Node)].Process is { } process && process.Member == member;

    /// <summary>
    /// The view that decides about the one of a number. Where a cluster was founded anew, views are counted from 1
    /// again: so not the number tells, but who votes.
    /// </summary>
    private View PresentOf(SimulatedProcess process)
    {
        View view = process.Machine.View;
        if (_views.Find(
            known => known.Number == view.Number && known.Members.SequenceEqual(view.Members)) is { } present)
        {
            return present;
        }

        _views.Add(view);
        return view;
    }

    private Vote VoteOf(Member voter, View present)
    {
        if (!_votes.TryGetValue((voter, present), out Vote? vote))
        {
            vote = new Vote();
            _votes.Add((voter, present), vote);
        }

        return vote;
    }

    private readonly record struct Known(Member Voter, View View, Vote Vote);

    private sealed class Vote
    {
        public Ballot Promised { get; set; }

        public Ballot Accepted { get; set; }

        public void Forget() => (Promised, Accepted) = (default, default);
    }

    /// <param name="view">What is proposed.</param>
    /// <param name="proposer">Who accepts it by proposing it.</param>
    private sealed class Proposal(View view, Member proposer)
    {
        public View View { get; } = view;

        public HashSet<Member> Accepts { get; } = [proposer];
    }
}
