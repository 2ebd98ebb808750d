namespace SessionCluster.Simulation;

/// <summary>
/// The rules of the protocol, each checked at the steps, messages and answers that could break it. A rule that is
/// broken need not do harm: for that it mostly takes a second fault, or a third, at the right moment.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class RuleCheckers(SimulatedCluster cluster)
{
    private readonly ServingChecker _serving = new(cluster);
    private readonly CopyChecker _copies = new(cluster);
    private readonly StatementChecker _statements = new(cluster);
    private readonly AnswerChecker _answers = new(cluster);
    private readonly EntryChecker _entries = new(cluster);
    private readonly ReunionChecker _reunions = new(cluster);
    private readonly FollowingChecker _followers = new(cluster);
    private readonly AbsenceChecker _absences = new(cluster);
    private readonly LeavingChecker _leavings = new(cluster);
    private readonly RepetitionChecker _repetitions = new(cluster);
    private readonly ForwardChecker _forwards = new();
    private readonly HoldingChecker _holdings = new(cluster);
    private readonly LastOneChecker _lastOnes = new(cluster);
    private readonly FoundingChecker _foundings = new(cluster);
    private readonly EndingChecker _endings = new(cluster);
    private readonly HearingChecker _hearings = new(cluster);
    private readonly SuccessionChecker _successions = new(cluster);
    private readonly CounterChecker _counters = new(cluster);
    private readonly UrgingChecker _urgings = new(cluster);
    private readonly RetentionChecker _retentions = new(cluster);
    private readonly WithdrawalChecker _withdrawals = new(cluster);

    /// <summary>The message that the step under way takes.</summary>
    private Message? _heard;

    /// <summary>What members count.</summary>
    public CountChecker Counts { get; } = new(cluster);

    public void Invoked(SimulatedProcess process, PendingRequest request) => _answers.Invoked(process, request);

    /// <summary>A member has a connection with another one, which it has heard thereby.</summary>
    public void Linked(SimulatedProcess process, Member peer) => _withdrawals.Heard(process, peer);

    /// <param name="process">Who is about to take a step.</param>
    /// <param name="from">Who has said the message.</param>
    /// <param name="heard">The message that it takes; nothing where the step is of another kind.</param>
    public void Before(SimulatedProcess process, Member from, Message? heard)
    {
        _heard = heard;
        cluster.Durability.Before(process);
        _serving.Before();
        _copies.Before(process, heard);
        _followers.Before(process, heard);
        _statements.Before(process, from, heard);
        _entries.Before(process, heard);
        _reunions.Before(process, from, heard);
        _absences.Before(process, from, heard);
        _lastOnes.Before(process, from, heard);
        _foundings.Before(process, from, heard);
        _hearings.Before(process, from, heard);
        _successions.Before(process, from, heard);
        _urgings.Before(process, from, heard);
        _endings.Before(process, heard);
        _forwards.Before(process, from, heard);
        _retentions.Before(process, heard);
        if (heard is not null)
        {
            _withdrawals.Heard(process, from);
        }

        if (heard is LocationsRecorded recorded)
        {
            _repetitions.Answered(process, from, recorded);
        }
        else if (heard is ReturnedCommit returned)
        {
            _forwards.Returned(process, returned);
        }
    }

    /// <param name="process">Who has taken a step.</param>
    /// <param name="heard">The message that it took; nothing where the step is of another kind.</param>
    public void After(SimulatedProcess process, Message? heard)
    {
        _copies.After(process, heard);
        _followers.After(process, heard);
        _entries.After(process);
        Counts.After(process, heard);
        _endings.After(process, heard);
        _absences.After(process, heard);
        _successions.After(process, heard);
        _statements.After(process);
        _forwards.After(process);
    }

    /// <summary>A process has taken a step of any kind, and what follows from it has left.</summary>
    public void Stepped(SimulatedProcess process)
    {
        cluster.Durability.After(process);
        _reunions.Stepped(process);
        _repetitions.Stepped(process);
        _foundings.Stepped(process);
        _hearings.Stepped(process);
        _statements.Stepped(process);
        _endings.Stepped(process);
        _retentions.Stepped(process);
        _withdrawals.Stepped(process);
    }

    public void Sent(SimulatedProcess sender, Envelope envelope)
    {
        _statements.Sent(sender, envelope);
        if (_hearings.Sent(sender, envelope.To, envelope.Message) is { } unheard)
        {
            throw new SimulationFailedException($"{sender.Member} {unheard}");
        }

        switch (envelope.Message)
        {
            case Heartbeat:
                break;
            case Replicate replicate:
                _urgings.Gave(sender, envelope.To, replicate);
                break;
            case HandOver given:
                _serving.Gave(sender, given);
                _repetitions.Gave(sender, envelope.To, given);
                break;
            case JoinRequest request when _reunions.Asked(sender, request) is { } reason:
                throw new SimulationFailedException($"{sender.Member} {reason}");
            case HandedIn answer when _reunions.Answered(sender, envelope.To, answer) is { } reason:
                throw new SimulationFailedException($"{sender.Member} {reason}");
            case RecordLocations records when _successions.Wanted(sender, records) is { } reason:
                throw new SimulationFailedException($"{sender.Member} {reason}");
            case RecordLocations records when _counters.Wanted(sender, records) is { } reason:
                throw new SimulationFailedException($"{sender.Member} {reason}");
            case RecordLocations records:
                _answers.Wanted(sender, records);
                _repetitions.Sent(sender, envelope.To, records);
                break;
            case ForwardCommit forward when _answers.Forwarded(sender, forward) is { } reason:
                throw new SimulationFailedException($"{sender.Member} {reason}");
            case ForwardCommit forward:
                _forwards.Sent(sender, envelope.To, forward);
                _absences.Forwarded(sender, forward);
                break;
            case ForwardedCommit answer:
                _absences.Answered(sender, envelope.To, answer);
                break;
            case Stale stale when _endings.Said(sender, stale) is { } reason:
                throw new SimulationFailedException($"{sender.Member} {reason}");
            case Located answer when _endings.Said(sender, answer) is { } reason:
                throw new SimulationFailedException($"{sender.Member} {reason}");
            case Located answer:
                _absences.Said(sender, envelope.To, answer);
                break;
            case Stale stale:
                cluster.Ledger.Says(sender, stale);
                break;
            case ViewPrepare prepare when _foundings.Asked(sender, prepare) is { } reason:
                throw new SimulationFailedException($"{sender.Member} {reason}");
            case ViewPrepare prepare:
                _lastOnes.Asked(sender, envelope.To, prepare);
                break;
            case ViewInstall install:
                _lastOnes.Told(sender, envelope.To, install);
                break;
            case Farewell:
                _leavings.Told(sender, envelope.To);
                break;
            case Locate question:
                _absences.Asked(sender, question);
                break;
        }
    }

    public void Reported(SimulatedProcess process, ClusterEvent happened)
    {
        switch (happened)
        {
            case SessionPlaced placed:
                _serving.Began(process, placed.Session, placed.Configuration);
                break;
            case SessionPromoted promoted:
                _serving.Began(process, promoted.Session, promoted.Configuration);
                _successions.Promoted(process, promoted.Session);
                break;
            case PermissionGained:
                _serving.Permitted(process);
                _lastOnes.Permitted(process, _statements.Leases);
                break;
            case SessionTakenOver taken:
                _serving.Began(process, taken.Session, taken.Configuration);
                _reunions.TookOver(process, taken.Session);
                break;
            case ProtectionRestored restored when restored.Elapsed < TimeSpan.Zero:
                throw new SimulationFailedException(
                    $"{process.Member} has protected {restored.Sessions} sessions again before it began to");
            case ViewInstalled { Includes: false } when process.Machine.Inspection.HoldsForwarded:
                throw new SimulationFailedException(
                    $"{process.Member} was excluded, and keeps what others had forwarded to it");
            case ViewInstalled { Includes: false }
                when process.Machine.Inspection.Copies.Any(static copy => copy.Work is { ReportsEnd: true }):
                throw new SimulationFailedException(
                    $"{process.Member} was excluded, and would report ends that others report");
            case SessionBegunAnew begun:
                _reunions.BegunAnew(begun.Session);
                _statements.Records.BegunAnew(process, begun.Session);
                break;
            case SidesReunited:
                _reunions.WentOver(process);
                break;
            case SessionsLost lost:
                Counts.Lost(process, lost);
                break;
            case SessionEnded ended:
                Counts.Ended(process, ended);
                if (ended.Expired)
                {
                    // With nobody in reach who could record it, it may come again from the other side.
                    _statements.Records.BegunAnew(process, ended.Session);
                }

                break;
            case Drained:
                _leavings.Left(process);
                break;
            case ViewInstalled { Includes: true } installed:
                _entries.Entered(process, installed.View);
                _statements.Entered(process, installed.View);
                _reunions.Entered(process);
                break;
        }
    }

    public void Completed(SimulatedProcess process, PendingRequest request, Completion completion)
    {
        if (completion is CommitCompleted completed)
        {
            _forwards.Committed(process, completed);
        }

        switch (completion)
        {
            case LoadCompleted { Result: LoadResult.Found } load when request is LoadRequest asked:
                _serving.Answered(process, asked.Of.Id, load.Version);
                _answers.Answered(process, request, asked.Of, load.Version);
                _answers.Loaded(process, asked.Of, load);
                _statements.Leases.Answered(process, asked.Of);
                break;
            case CommitCompleted { Result: CommitResult.Committed } commit when request is CommitRequest asked:
                _serving.Committed(process, asked.Of.Id, commit.Version);
                _copies.CheckEqual(process, asked.Of.Id, commit.Version, commit.Placement);
                _answers.Answered(process, request, asked.Of, commit.Version);
                _answers.Committed(process, asked, commit.Version);
                if (cluster.Options.PartitionPolicy == PartitionPolicy.Available
                    && commit.Version.Epoch.Node == process.Node.Id)
                {
                    // Others may begin anew what an excluded member leads.
                    _statements.Leases.Answered(process, asked.Of);
                }

                break;
            case CommitCompleted { Result: CommitResult.Repeated }
                when request is CommitRequest asked && _heard is not ForwardedCommit:
                _answers.Repeated(process, asked);
                break;
            case LoadCompleted { Result: LoadResult.NotFound } when request is LoadRequest asked:
                _absences.NotFound(process, asked.Of);
                break;
            case CommitCompleted { Result: CommitResult.NotFound } when request is CommitRequest asked:
                _absences.NotFound(process, asked.Of);
                break;
            case CommitCompleted { Result: CommitResult.Committed } when request is RemoveRequest asked:
                _statements.Records.Removed(process, asked.Of);
                break;
        }
    }

    /// <summary>Looks at what is due.</summary>
    public void Inspect()
    {
        _answers.Inspect();
        _repetitions.Inspect();
        _statements.Leases.Inspect();
        _holdings.Inspect();
    }
}
