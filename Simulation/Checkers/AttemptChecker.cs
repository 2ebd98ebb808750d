using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// What a proposer rests on, as it has heard it: a quorum of promises for its own view and ballot, of each of them the
/// map, and, where any of them has accepted a view before, the latest of those with its map; and what it has decided a
/// quorum has accepted. Who lives it leaves out only for a silence that a quorum has reported.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class AttemptChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<(Member Proposer, View Present, Ballot Ballot), Attempt> _attempts = [];
    private readonly View?[] _installed = new View?[cluster.Nodes.Count];
    private readonly Dictionary<long, View> _decided = [];
    private readonly (Member By, View? In, Ballot Ballot)[] _accepted = new (Member, View?, Ballot)[cluster.Nodes.Count];

    private readonly WishChecker _wishes = new(cluster);
    private readonly PromisedMaps _maps = new(cluster);
    private readonly Dictionary<(Member Proposer, long Number, Ballot Ballot), IReadOnlyList<Member>> _silent = [];

    /// <summary>A member promises to follow an attempt, and agrees to go on without whom that excludes.</summary>
    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Promised(SimulatedProcess voter, Member to, ViewPromise promise)
    {
        _maps.Promised(voter, promise);
        foreach (Member silent in _silent.GetValueOrDefault((to, promise.Number, promise.Ballot)) ?? [])
        {
            if (voter.Machine.Inspection.Hears(silent) && voter.Machine.Inspection.IsHeardByQuorum(silent)
                && !IsolationRule.IsIsolated(voter, silent))
            {
                return $"agrees to exclude {silent}, which it hears, and a quorum does";
            }
        }

        return null;
    }

    /// <summary>A member is about to hear a promise, or an acceptance.</summary>
    public void Before(SimulatedProcess process, Member from, Message? heard)
    {
        switch (heard)
        {
            case ViewPromise promise when IsNext(process, promise.Number) && process.Machine.Inspection.IsLinked(from):
                Attempt promised = AttemptOf(process, promise.Ballot);
                promised.Promises[from] = promise;
                break;
            case JoinRequest join:
                _wishes.Heard(process, from, join);
                break;
            case ViewAccepted accepted when IsNext(process, accepted.Number):
                AttemptOf(process, accepted.Ballot).Accepts.Add(from);
                break;
        }
    }

    /// <summary>A member attempts the next view.</summary>
    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Prepared(SimulatedProcess proposer, ViewPrepare prepare)
    {
        if (!IsNext(proposer, prepare.Number))
        {
            return null;
        }

        Attempt attempt = AttemptOf(proposer, prepare.Ballot);
        if (attempt.HasBegun)
        {
            // It reminds others of what it has attempted before.
            return null;
        }

        attempt.HasBegun = true;
        _silent[(proposer.Member, prepare.Number, prepare.Ballot)] = prepare.Silent;
        attempt.Own = (proposer.Machine.Inspection.AcceptedBallot, proposer.Machine.Inspection.AcceptedView);
        foreach (Member silent in prepare.Silent)
        {
            bool isReported = IsQuorum(proposer.Machine.View, member =>
                member == proposer.Member || proposer.Machine.Inspection.IsSuspectedBy(member, silent.Node));
            if (!isReported && !IsolationRule.IsIsolated(proposer, silent))
            {
                return $"attempts to exclude {silent}, of whom no quorum has reported silence";
            }
        }

        return null;
    }

    /// <summary>
    /// A member has taken a step. If it has accepted a view in it, it has its map, whether it can say so or not: from
    /// then on it tells others what it has accepted.
    /// </summary>
    /// <returns>Which rule that breaks, or nothing.</returns>
    public string? Stepped(SimulatedProcess voter)
    {
        (View view, Ballot ballot) = (voter.Machine.View, voter.Machine.Inspection.AcceptedBallot);
        ref (Member By, View? In, Ballot Ballot) known = ref _accepted[voter.Host];
        if (ballot == known.Ballot && ReferenceEquals(view, known.In))
        {
            return null;
        }

        bool isNews = known.By == voter.Member && ReferenceEquals(view, known.In) && ballot > known.Ballot;
        known = (voter.Member, view, ballot);
        return isNews ? WhyWithoutMap(voter, ballot) : null;
    }

    private string? WhyWithoutMap(SimulatedProcess voter, Ballot ballot)
    {
        if (voter.Machine.Inspection.AcceptedView is not { } view || !IsNext(voter, view.Number))
        {
            return null;
        }

        foreach (((Member, View, Ballot Ballot) key, Attempt attempt) in _attempts)
        {
            if (key.Ballot == ballot && attempt.View?.Number == view.Number
                && attempt.View.Members.SequenceEqual(view.Members)
                    && attempt.Map != voter.Machine.Inspection.MapDigest)
            {
                return $"accepts {view} without its map";
            }
        }

        return null;
    }

    /// <summary>A member proposes the next view.</summary>
    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Proposed(SimulatedProcess proposer, ViewAccept accept)
    {
        View present = proposer.Machine.View;
        if (!IsNext(proposer, accept.View.Number) || AttemptOf(proposer, accept.Ballot) is not { View: null } attempt)
        {
            // It may have been decided already, by its proposer alone.
            return null;
        }

        (attempt.View, attempt.Map) = (accept.View, proposer.Machine.Inspection.MapDigest);
        string? reason = !IsQuorum(present, member => member == proposer.Member || attempt.Promises.ContainsKey(member))
            ? $"proposes with the promises of {attempt.Promises.Count} others only" : null;
        reason ??= WhyNotBound(proposer, attempt, accept) ?? WhyLeftOut(present, accept.View);
        return reason;
    }

    /// <summary>A member tells which view is in force, or enters one.</summary>
    /// <returns>Which rule that breaks, or nothing.</returns>
    public string? Installed(SimulatedProcess by, View view)
    {
        View? known = _installed[by.Host];
        if (known is not null && (ReferenceEquals(known, view) || known.Number >= view.Number))
        {
            return null;
        }

        _installed[by.Host] = view;
        View? decided = _decided.GetValueOrDefault(view.Number);
        _decided[view.Number] = view;
        int accepts = -1;
        foreach (((Member proposer, View present, Ballot _), Attempt attempt) in _attempts)
        {
            if (proposer != by.Member || !ReferenceEquals(attempt.View, view))
            {
                continue;
            }

            if (IsQuorum(present, member => member == proposer || attempt.Accepts.Contains(member)))
            {
                return decided?.Members.SequenceEqual(view.Members) == true ? null : WhyDecidedBefore(by, view);
            }

            accepts = Math.Max(accepts, attempt.Accepts.Count);
        }

        return accepts >= 0 ? $"decides {view} with {accepts} other acceptances only" : null;
    }

    /// <summary>Nobody decides what was decided long ago, as a member shows that it is connected with.</summary>
    private string? WhyDecidedBefore(SimulatedProcess by, View view)
    {
        foreach (SimulatedProcess other in cluster.ProcessSpan)
        {
            View its = other.Machine.View;
            if (other != by && !other.IsPaused && its.Number >= view.Number
                && ViewNumber.AreRelated(its.Number, view.Number)
                && !its.Members.SequenceEqual(view.Members) && other.Machine.Inspection.IsServing
                && by.Machine.Inspection.IsLinked(other.Member) && other.Machine.Inspection.IsLinked(by.Member)
                && !cluster.Ledger.Views.IsSplit)
            {
                return $"decides {view}, though {other.Member} is in {its}";
            }
        }

        return null;
    }

    private string? WhyNotBound(SimulatedProcess proposer, Attempt attempt, ViewAccept accept)
    {
        // What was accepted in order to divide decides for those only who divide.
        (Ballot ballot, View? view) = attempt.Own.View?.Number == accept.View.Number ? attempt.Own : default;
        ViewPromise? binding = null;
        foreach (ViewPromise promise in attempt.Promises.Values)
        {
            if (promise.AcceptedView?.Number == accept.View.Number && promise.AcceptedBallot > ballot)
            {
                (ballot, view, binding) = (promise.AcceptedBallot, promise.AcceptedView, promise);
            }
        }

        if (view is null)
        {
            return WhyMapIsLacking(proposer, attempt, accept.Ballot)
                ?? _wishes.WhyNotGranted(proposer, accept.View, attempt.Promises.Keys);
        }

        return !view.Members.SequenceEqual(accept.View.Members)
            ? $"proposes {accept.View}, though {view} was accepted under {ballot}"
            : binding is not null && !binding.Digests.SequenceEqual(accept.Digests)
                ? $"proposes {accept.View} with another map than it was accepted with under {ballot}" : null;
    }

    /// <summary>
    /// Those whose maps are here in whole are a quorum. Who has accepted another view meanwhile has the map of that one: a
    /// quorum has promised more than this attempt then, which comes to nothing.
    /// </summary>
    private string? WhyMapIsLacking(SimulatedProcess proposer, Attempt attempt, Ballot ballot)
    {
        string? Lacking(Member promiser) => cluster.Processes.Any(process => process.Member == promiser
            && (process.Machine.View.Number > proposer.Machine.View.Number
                || process.Machine.Inspection.AcceptedBallot > ballot))
            ? null
            : _maps.LackingOf(proposer, promiser, ballot);
        string? lacking = attempt.Promises.Keys.Select(Lacking).FirstOrDefault(static found => found is not null);
        bool isWhole = lacking is null || IsQuorum(proposer.Machine.View, member => member == proposer.Member
            || (attempt.Promises.ContainsKey(member) && Lacking(member) is null));
        return isWhole ? null : $"proposes a view without {lacking}";
    }

    /// <summary>Who is not in the next view is proven dead, has left, or is silent as the promises say.</summary>
    private string? WhyLeftOut(View present, View next)
    {
        foreach (ref readonly ViewMember member in present.Span)
        {
            if (!next.Contains(member.Member) && !next.Absent.Contains(member.Member)
                && LivingQuorum.MayVote(cluster, member.Member))
            {
                return $"proposes {next}, and takes {member.Member} for dead, which lives";
            }
        }

        return null;
    }

    private bool IsQuorum(View view, Func<Member, bool> votes) => LivingQuorum.Is(cluster, view, votes);

    /// <summary>Of the universe, which decides about the first view, nobody knows the processes.</summary>
    private static bool IsNext(SimulatedProcess process, long number) =>
        process.Machine.View.Number > 0 && number == process.Machine.View.Number + 1;

    private Attempt AttemptOf(SimulatedProcess proposer, Ballot ballot)
    {
        (Member, View, Ballot) key = (proposer.Member, proposer.Machine.View, ballot);
        if (!_attempts.TryGetValue(key, out Attempt? attempt))
        {
            _attempts.Add(key, attempt = new Attempt());
        }

        return attempt;
    }

    private sealed class Attempt
    {
        /// <summary>Whether others were asked to follow it.</summary>
        public bool HasBegun { get; set; }

        public Dictionary<Member, ViewPromise> Promises { get; } = [];

        public HashSet<Member> Accepts { get; } = [];

        /// <summary>What the proposer had accepted itself when it began.</summary>
        public (Ballot Ballot, View? View) Own { get; set; }

        /// <summary>What it has proposed; nothing before that.</summary>
        public View? View { get; set; }

        /// <summary>The digest of the map with which it has proposed that.</summary>
        public ulong Map { get; set; }
    }
}
