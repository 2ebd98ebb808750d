namespace SessionCluster.Simulation;

/// <summary>
/// Of a session that is said not to exist: a quorum knows its end, or has said in the present view that it has never
/// heard of it. Who has forwarded a request says what it was answered.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class AbsenceChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<(Member By, SessionId Session), Search> _searches = [];
    private readonly Dictionary<(Member By, long Request), SessionId> _forwarded = [];

    /// <summary>What the step under way has heard: it may ask anew before its answer is seen.</summary>
    private Search? _heard;

    /// <summary>Of which session the step under way has heard from its primary that there is none.</summary>
    private SessionId? _answered;

    /// <summary>
    /// In which view each answer was given; a question is asked again, so in which first and in which last.
    /// </summary>
    private readonly Dictionary<(Member From, Member To, long Request), (long First, long Last)> _said = [];

    /// <summary>What the step under way was told that was said in another view, and what it knew before.</summary>
    private (Located Answer, long View, Configuration Known)? _late;

    private View? _view;
    private bool _wasSealed;

    /// <summary>A member is about to take a step.</summary>
    public void Before(SimulatedProcess process, Member from, Message? heard)
    {
        (_heard, _answered, _late) = (null, null, null);
        (_view, _wasSealed) = (process.Machine.View, process.Machine.Inspection.IsSealed);
        if (heard is Located answer)
        {
            Told(process, from, answer);
        }
        else if (heard is ForwardedCommit answered
            && _forwarded.Remove((process.Member, answered.Request), out SessionId session))
        {
            _answered = answered.Result == CommitResult.NotFound ? session : null;
        }
    }

    /// <summary>A member has taken a step: what was said in another view may have come to nothing.</summary>
    public void After(SimulatedProcess process, Message? heard)
    {
        if (heard is Located && _late is { } late && ReferenceEquals(process.Machine.View, _view)
            && process.Machine.ConfigurationOf(late.Answer.Session) is { Counter: > 0 } recorded
            && recorded != late.Known && recorded == late.Answer.Configuration
            && cluster.Options.PartitionPolicy == PartitionPolicy.Majority)
        {
            throw new SimulationFailedException($"session {cluster.NameOf(late.Answer.Session)}: {process.Member} "
                + $"records {recorded} in {_view}, which was told in view {late.View}");
        }
    }

    /// <summary>A member says what it knows of a session.</summary>
    public void Said(SimulatedProcess by, Member to, Located answer)
    {
        long view = by.Machine.View.Number;
        (Member, Member, long) key = (by.Member, to, answer.Request);
        _said[key] = (_said.TryGetValue(key, out (long First, long Last) said) ? said.First : view, view);
    }

    /// <summary>A member forwards a request.</summary>
    public void Forwarded(SimulatedProcess by, ForwardCommit forward) =>
        _forwarded[(by.Member, forward.Request)] = forward.Session;

    /// <summary>A member answers a request that another has forwarded.</summary>
    public void Answered(SimulatedProcess by, Member to, ForwardedCommit answer)
    {
        if (answer.Result == CommitResult.NotFound
            && _forwarded.TryGetValue((to, answer.Request), out SessionId session)
            && cluster.History.Find(session) is { } history)
        {
            NotFound(by, history);
        }
    }

    /// <summary>A member asks another for a session.</summary>
    public void Asked(SimulatedProcess by, Locate question)
    {
        (Member, SessionId) key = (by.Member, question.Session);
        if (!_searches.TryGetValue(key, out Search? search) || search.Number != question.Request
            || search.View != by.Machine.View.Number)
        {
            _searches[key] = new Search(question.Request, by.Machine.View.Number, []);
        }
    }

    /// <summary>A member is about to hear what another knows of a session.</summary>
    private void Told(SimulatedProcess by, Member from, Located answer)
    {
        (Member, Member, long) key = (from, by.Member, answer.Request);
        bool isKnown = _said.Remove(key, out (long First, long Last) said);
        long view = by.Machine.View.Number;
        if (isKnown && said.First == view && said.Last != view)
        {
            // The answer to the first question may come first, while a way stands still; the next is still to come.
            _said[key] = (said.Last, said.Last);
        }
        else if (isKnown && said.Last != view)
        {
            _late = (answer, said.Last, by.Machine.ConfigurationOf(answer.Session));
            return;
        }

        if (answer.Configuration.Counter == 0
            && _searches.TryGetValue((by.Member, answer.Session), out Search? search)
            && search.Number == answer.Request && search.View == by.Machine.View.Number)
        {
            search.Ignorant.Add(from);
            _heard = search;
        }
    }

    /// <summary>A member has answered that there is no such session.</summary>
    public void NotFound(SimulatedProcess by, SessionHistory session)
    {
        Configuration recorded = by.Machine.ConfigurationOf(session.Id);
        if (_answered == session.Id || !by.Machine.Inspection.IsServing
            || (recorded.Counter > 0 && !recorded.Placement.IsRemoved))
        {
            // Who leads it has said so, and is gone on with.
            return;
        }

        if (recorded.Counter == 0 && _wasSealed && ReferenceEquals(by.Machine.View, _view)
            && !cluster.Ledger.MayBeForgotten(session.Id))
        {
            throw new SimulationFailedException($"session {session.Name}: {by.Member} says that there is none, after it "
                + "has promised the next view");
        }

        int lacking = 0;
        Search? search = _heard ?? _searches.GetValueOrDefault((by.Member, session.Id));
        HashSet<Member> ignorant = search?.View == by.Machine.View.Number ? search.Ignorant : [];
        foreach (ViewMember member in by.Machine.View.Members)
        {
            if (member.Member != by.Member
                && cluster.Nodes[cluster.HostOf(member.Member.Node)].Process is { IsDrained: false } other
                && other.Member == member.Member)
            {
                bool isKnown = recorded.Counter > 0
                    ? other.Machine.Inspection.IsServing && other.Machine.View.Number == by.Machine.View.Number
                        && other.Machine.ConfigurationOf(session.Id) is { Counter: > 0, Placement.IsAlive: true }
                    : !ignorant.Contains(member.Member);
                lacking += isKnown ? 1 : 0;
            }
        }

        if (lacking * 2 > by.Machine.View.Members.Count && !cluster.Ledger.MayBeForgotten(session.Id))
        {
            throw new SimulationFailedException(
                $"session {session.Name}: {by.Member} says in {by.Machine.View} that there "
                + $"is none, and {lacking} "
                    + (recorded.Counter > 0 ? "know it" : "have not said that they do not know it"));
        }
    }

    /// <param name="Number">The number of the question.</param>
    /// <param name="View">The view in which it was asked.</param>
    /// <param name="Ignorant">Who has said that it does not know the session.</param>
    private sealed record Search(long Number, long View, HashSet<Member> Ignorant);
}
