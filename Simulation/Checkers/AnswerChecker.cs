using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// What an answer says of the member that gives it: every holder has what is read, nothing of a session is answered
/// while its end is being recorded, an outcome that was recorded lately is still remembered, who goes over to another
/// side answers nothing, nothing is committed that was read before a long pause or rests on an exclusive load that is
/// over, and each request is answered in its time.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed partial class AnswerChecker(SimulatedCluster cluster)
{
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(240);

    private readonly Queue<(SimulatedProcess Process, PendingRequest Request, int Pauses)> _open = [];
    private readonly Dictionary<(Member By, SessionId Session), (long View, long Moment)> _endings = [];
    private readonly HashSet<(Member By, long Request)> _exclusive = [];

    /// <summary>A member is asked.</summary>
    public void Invoked(SimulatedProcess process, PendingRequest request)
    {
        _open.Enqueue((process, request, process.Pauses));
        if (request is CommitRequest { ExclusiveLoad: { } load } commit)
        {
            SessionCopy? copy = process.Machine.Inspection.CopyOf(commit.Of.Id);
            commit.RestsOnNothing = copy is not { IsPrimary: true } || copy.Work?.ExclusiveLoad != load;
            _exclusive.Add((process.Member, request.Number));
        }
    }

    /// <summary>
    /// A member forwards a commit: whoever leads the session there knows nothing of its exclusive loads.
    /// </summary>
    /// <returns>Which rule that breaks, or nothing.</returns>
    public string? Forwarded(SimulatedProcess by, ForwardCommit forward) =>
        by.Machine.Inspection.RequestForwardedAs(forward.Request) is { } request && _exclusive.Contains((by.Member, request))
            ? $"forwards a commit to {cluster.NameOf(forward.Session)} that rests on an exclusive load" : null;

    /// <summary>A member wants these recorded; the end of a session is under way from then on.</summary>
    public void Wanted(SimulatedProcess by, RecordLocations records)
    {
        foreach (LocationRecord record in records.Records)
        {
            if (!record.Configuration.Placement.IsAlive
                && (!_endings.TryGetValue((by.Member, record.Session), out var known) || known.View != records.View))
            {
                _endings[(by.Member, record.Session)] = (records.View, cluster.History.NextMoment());
            }
        }
    }

    /// <summary>
    /// For how long nobody may notice that a request's time is over: a shorter pause than half of what silence is.
    /// </summary>
    private TimeSpan UnnoticedBy(SimulatedProcess process) => cluster.Options.SuspectAfterOf(process.Member) / 2;

    /// <summary>A process looks four times a heartbeat what is due.</summary>
    private TimeSpan DueBy(SimulatedProcess process) =>
        cluster.Options.CommitTimeoutOf(process.Member) + (cluster.Options.HeartbeatInterval / 4);

    private TimeSpan LatestBy(SimulatedProcess process) => (DueBy(process) * 1.25) + (Slack * 1.75);

    /// <summary>A member has answered under a configuration of its own.</summary>
    public void Answered(SimulatedProcess by, PendingRequest request, SessionHistory session, SessionVersion version)
    {
        TimeSpan took = by.Now - by.Clock.At(request.BeganAt);
        if (took > DueBy(by) + UnnoticedBy(by) + Slack)
        {
            Fail(session, $"{by.Member} answers {version} {took} after it was asked");
        }

        if (by.Machine.Inspection.IsGoingOver)
        {
            Fail(session, $"{by.Member} answers {version}, though it goes over to another side");
        }

        if (version.Epoch.Node == by.Node.Id && by.Machine.Inspection.IsEnding(session.Id)
            && _endings.TryGetValue((by.Member, session.Id), out var ending)
            && ending.View == by.Machine.View.Number && ending.Moment < request.BeganMoment)
        {
            Fail(session, $"{by.Member} answers {version} to who asked after it has begun to end it");
        }
    }

    /// <summary>
    /// A member has answered a load under a configuration of its own: every holder has what was read. Of one that knows
    /// of a later configuration without it the holders of that have it.
    /// </summary>
    public void Loaded(SimulatedProcess by, SessionHistory session, LoadCompleted load)
    {
        if (load.Version.Epoch.Node != by.Node.Id)
        {
            Fail(session, $"{by.Member} answers {load.Version}, which is not a version of its own");
        }

        if (!by.Machine.Inspection.IsServing)
        {
            return;
        }

        foreach (Member holder in load.Placement?.Holders ?? [])
        {
            if (Lacks(by, holder, session.Id, load.Version) is { } lacking
                && !IsHeldByLaterHolders(by, lacking, session.Id, load.Version)
                && !cluster.Repairs.Excuses(holder, session.Id))
            {
                long sequence = lacking.Machine.SequenceOf(session.Id);
                FailUnlessForgotten(session, $"{load.Version} was read, but {holder} has {sequence}");
            }
        }
    }

    /// <returns>The holder, in the same view, if it has not what was read; nothing if it has, or knows of the end.
    /// </returns>
    private SimulatedProcess? Lacks(SimulatedProcess by, Member holder, SessionId session, SessionVersion read) =>
        cluster.Nodes[cluster.HostOf(holder.Node)].Process is { } other && other.Member == holder
        && other.Machine.View.Number == by.Machine.View.Number
        && other.Machine.SequenceOf(session) < read.Sequence
        && other.Machine.PlacementOf(session) is not { IsRemoved: true }
            ? other
            : null;

    private bool IsHeldByLaterHolders(
        SimulatedProcess by, SimulatedProcess lacking, SessionId session, SessionVersion read)
    {
        Configuration known = lacking.Machine.ConfigurationOf(session);
        return known.Counter > read.Epoch.Counter && known.Placement.IsAlive
            && !known.Placement.Contains(lacking.Member)
            && known.Placement.Holders.All(holder => Lacks(by, holder, session, read) is null);
    }

    /// <summary>
    /// A member has called a request repeated by itself: every holder of the session knows its outcome.
    /// </summary>
    public void Repeated(SimulatedProcess by, CommitRequest request)
    {
        SessionHistory session = request.Of;
        if (request.RequestKey is not { } key
            || by.Machine.Inspection.CopyOf(session.Id) is not { IsPrimary: true } copy
            || !by.Machine.Inspection.IsServing)
        {
            return;
        }

        foreach (Member holder in copy.Configuration.Placement?.Holders ?? [])
        {
            if (cluster.Nodes[cluster.HostOf(holder.Node)].Process is { } other && other.Member == holder
                && other.Machine.View.Number == by.Machine.View.Number
                && other.Machine.StateOf(session.Id) is { } state && state.OutcomeOf(key) is null)
            {
                FailUnlessForgotten(
                    session, $"{by.Member} calls {key} repeated, and {holder} does not know its outcome");
            }
        }

        CheckThatItHasTheAnswer(by, session, copy.State, request);
    }

    /// <summary>A member has acknowledged a commit under a configuration of its own.</summary>
    public void Committed(SimulatedProcess by, CommitRequest request, SessionVersion version)
    {
        SessionHistory session = request.Of;
        if (request.IsStale)
        {
            Fail(session, $"{by.Member} commits {version}, and has read before it was stopped for "
                + $"{by.WokeAt - by.PausedAt}");
        }

        if (request.RestsOnNothing)
        {
            Fail(session, $"{by.Member} commits {version}, which rests on a load that holds the session no more");
        }

        // In the step in which a quorum knows of both the commit and the end after it, the copy has gone by now.
        if (request.ExclusiveLoad is { } load && by.Machine.Inspection.EnteredAt < by.Now
            && by.Machine.PlacementOf(session.Id) is not { IsRemoved: true }
            && (by.Machine.Inspection.CopyOf(session.Id) is not { IsPrimary: true, Work: { } work }
                || work.ExclusiveLoad != load))
        {
            Fail(
                session,
                $"{by.Member} commits {version}, and the load {load} on which it rests holds the session no more");
        }

        if (version.Epoch.Node == by.Node.Id && by.Machine.StateOf(session.Id) is { } state)
        {
            CheckOutcomes(by, request, version, state);
        }
    }

    /// <summary>Looks whether each request was answered in its time.</summary>
    public void Inspect()
    {
        while (_open.TryPeek(out var open)
            && (IsOver(open) || cluster.Queue.Now > open.Request.BeganAt + LatestBy(open.Process)))
        {
            _open.Dequeue();
            if (!IsOver(open))
            {
                throw new SimulationFailedException($"{open.Process.Member} has not answered a request for "
                    + $"{open.Request.Session} {cluster.Queue.Now - open.Request.BeganAt} after it came");
            }
        }
    }

    /// <summary>Whether it is answered, or its process has been away and may answer later or never.</summary>
    private static bool IsOver((SimulatedProcess Process, PendingRequest Request, int Pauses) open) =>
        open.Request.IsAnswered || !open.Process.IsAlive || open.Process.Pauses != open.Pauses;

    private void FailUnlessForgotten(SessionHistory session, string reason)
    {
        if (!cluster.Ledger.MayBeForgotten(session.Id))
        {
            Fail(session, reason);
        }
    }

    private static void Fail(SessionHistory session, string reason) =>
        throw new SimulationFailedException($"session {session.Name}: {reason}");
}
