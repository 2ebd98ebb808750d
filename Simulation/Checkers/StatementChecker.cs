using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// What a member may say, checked at each message that leaves it: only who has the map of its view speaks of sessions,
/// nobody records after a promise, nobody takes anything from a process outside its view (I12), whom one has agreed
/// to exclude gets no lease, and nobody goes on alone who hears a quorum.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class StatementChecker(SimulatedCluster cluster)
{
    private readonly BallotLedger _ballots = new(cluster);
    private readonly HolderChecker _holders = new(cluster);
    private readonly AgreedMapChecker _maps = new(cluster);
    private readonly AttemptChecker _attempts = new(cluster);
    private readonly HashSet<(Member From, Member To, long Request)> _fromInside = [];
    private readonly HashSet<(Member From, Member To, long Request)> _fromOutside = [];
    private long? _sealedIn;
    private IReadOnlyList<Member> _withoutLease = [];
    private (SessionId Session, long Sequence, bool HeldForwarded)? _outsider;

    /// <summary>Who has granted a lease to whom.</summary>
    public LeaseChecker Leases { get; } = new(cluster);

    /// <summary>What is recorded.</summary>
    public RecordChecker Records { get; } = new(cluster);

    /// <summary>A member is about to take a step; it may promise something at its end.</summary>
    public void Before(SimulatedProcess process, Member from, Message? heard)
    {
        Inspection machine = process.Machine.Inspection;
        _outsider = null;
        bool isSealed = machine.IsSealed || _ballots.HasPromised(process);
        _sealedIn = isSealed ? process.Machine.View.Number : null;
        _withoutLease = machine.WithoutLease;
        _maps.Before(process, heard);
        _attempts.Before(process, from, heard);
        _holders.Before(process, from, heard);
        Records.Before(process, heard);
        if (heard is ForwardCommit forward)
        {
            HeardForward(process, from, forward);
        }
    }

    /// <summary>What is forwarded again, as it was refused, has another number.</summary>
    private void HeardForward(SimulatedProcess process, Member from, ForwardCommit forward)
    {
        if (process.Machine.View.Contains(from) && !IsTooOld(process, forward))
        {
            _fromInside.Add((from, process.Member, forward.Request));
            return;
        }

        // One that comes once more may be under way since its sender was in the view.
        if (!_fromInside.Contains((from, process.Member, forward.Request)))
        {
            _fromOutside.Add((from, process.Member, forward.Request));
        }

        _outsider = (forward.Session, process.Machine.SequenceOf(forward.Session),
            process.Machine.Inspection.HoldsForwarded);
    }

    /// <summary>A member has taken a step with a message: nothing is begun for a process outside its view.</summary>
    public void After(SimulatedProcess process)
    {
        if (_outsider is { } outsider && (process.Machine.SequenceOf(outsider.Session) > outsider.Sequence
            || (process.Machine.Inspection.HoldsForwarded && !outsider.HeldForwarded)))
        {
            throw new SimulationFailedException(
                $"{process.Member} begins what a process outside its view has forwarded, or has forwarded long ago");
        }

        if (_holders.After(process) is { } reason)
        {
            throw new SimulationFailedException($"{process.Member} {reason}");
        }
    }

    /// <summary>A member has taken a step of any kind.</summary>
    public void Stepped(SimulatedProcess process)
    {
        if (_attempts.Stepped(process) is { } reason)
        {
            throw new SimulationFailedException($"{process.Member} {reason}");
        }
    }

    /// <summary>A member has entered a view with its map.</summary>
    public void Entered(SimulatedProcess member, View view)
    {
        Leases.Entered(view);
        _ballots.Entered(member, view);
        if (_attempts.Installed(member, view) is { } reason)
        {
            throw new SimulationFailedException($"{member.Member} {reason}");
        }
    }

    public void Sent(SimulatedProcess sender, Envelope envelope)
    {
        long? next = envelope.Message switch
        {
            ViewPrepare prepare => prepare.Number,
            ViewPromise promise => promise.Number,
            ViewAccepted accepted => accepted.Number,
            _ => null,
        };
        if (next == sender.Machine.View.Number + 1)
        {
            Leases.Promised(sender);
        }

        string? reason = WhyLeftUnsaid(sender, envelope.Message) ?? WhyNotGranted(sender, envelope)
            ?? (envelope.Message is Heartbeat or HeartbeatAcknowledged
                ? null : WhyNotSaid(sender, envelope) ?? WhyNotAgreed(sender, envelope.To, envelope.Message))
            ?? _maps.Said(sender, envelope.Message);
        if (reason is not null)
        {
            throw new SimulationFailedException(
                $"{sender.Member} {reason}: {envelope.Message.GetType().Name} to {envelope.To} in {sender.Machine.View}");
        }
    }

    /// <summary>Whoever has left votes for nothing more, and holds nothing: the others decide without it.</summary>
    private static string? WhyLeftUnsaid(SimulatedProcess sender, Message message) =>
        sender.IsDrained && message is (ViewPrepare or ViewPromise or ViewAccept or ViewAccepted or LocationsRecorded
            or Replicated or HeartbeatAcknowledged)
            ? "has left, and votes" : null;

    private string? WhyNotGranted(SimulatedProcess sender, Envelope envelope)
    {
        Instant? granted = envelope.Message switch
        {
            Heartbeat heartbeat => heartbeat.Answers,
            HeartbeatAcknowledged acknowledged => acknowledged.SentAt,
            _ => null,
        };
        if (granted is not { } sentAt)
        {
            return null;
        }

        Leases.Granted(sender, envelope.To, sentAt);
        return _sealedIn == sender.Machine.View.Number ? "renews a lease after it has promised the next view"
            : _withoutLease.Contains(envelope.To) && sender.Machine.Inspection.WithoutLease.Contains(envelope.To)
                ? "renews the lease of whom it has agreed to exclude" : null;
    }

    private string? WhyNotSaid(SimulatedProcess sender, Envelope envelope)
    {
        Inspection machine = sender.Machine.Inspection;
        return envelope.Message switch
        {
            Replicated when !sender.Machine.View.Contains(envelope.To) => "takes a commit from outside its view",
            Replicated replicated => _holders.Acknowledged(sender, envelope.To, replicated),
            Replicate or RecordLocations or Stale or Located when !machine.IsServing => "has not the map of its view",
            Replicate said => _holders.Told(sender, said)
                ?? (said.Configuration is { } named ? Records.Named(sender, said.Session, named) : null),
            Located when _sealedIn == sender.Machine.View.Number =>
                "says what it knows after it has promised the next view",
            ForwardedCommit { Result: CommitResult.Committed } answer
                when _fromOutside.Contains((envelope.To, sender.Member, answer.Request)) =>
                "has committed for a process outside its view, or what was forwarded long ago",
            HandOver given when given.View == sender.Machine.View.Number
                && !sender.Machine.View.Contains(envelope.To) =>
                "gives a session to who is outside its view",
            HandOver given when !machine.IsServing && given.View == sender.Machine.View.Number =>
                "gives away what it may not lead",
            HandOver given =>
                _holders.Gave(sender, envelope.To, given, _sealedIn == sender.Machine.View.Number),
            RecordLocations records => Records.Wanted(sender, records),
            LocationsRecorded recorded when recorded.View == _sealedIn => "records after it has promised the next view",
            LocationsRecorded recorded => Records.Recorded(sender, recorded),
            _ => null,
        };
    }

    private string? WhyNotAgreed(SimulatedProcess sender, Member to, Message message)
    {
        Inspection machine = sender.Machine.Inspection;
        return message switch
        {
            ViewPrepare prepare when !ViewNumber.IsDivision(prepare.Number) =>
                _ballots.Prepared(sender, prepare) ?? _attempts.Prepared(sender, prepare),
            ViewPromise or ViewPrepare when ViewNumber.IsDivision(NumberOf(message)) && machine.HearsQuorum =>
                "goes on alone, though it hears a quorum",
            ViewPromise promise when !ViewNumber.IsDivision(promise.Number)
                && machine.PromisedSilent.Any(
                    silent => machine.Hears(silent) && machine.IsHeardByQuorum(silent)
                        && !IsolationRule.IsIsolated(sender, silent)) =>
                "agrees to exclude whom it hears, and a quorum does",
            ViewPromise promise when !ViewNumber.IsDivision(promise.Number) && machine.PromisedSilent.Count > 0
                && sender.Now - machine.EnteredAt < cluster.Options.SuspectAfterOf(sender.Member) =>
                "agrees to exclude for silence who may hold a lease of the view before",
            ViewPromise promise when !ViewNumber.IsDivision(promise.Number)
                && promise.Number != sender.Machine.View.Number + 1 =>
                $"promises view {promise.Number}, which does not follow its own",
            ViewPromise when sender.Machine.View.Number > 0 && !machine.IsServing =>
                "promises the next view without the map of its own",
            ViewPromise promise => _attempts.Promised(sender, to, promise) ?? _ballots.Promised(sender, promise),
            ViewAccept accept => Leases.WhyNotAccept(sender, accept.View)
                ?? _ballots.Proposed(sender, accept) ?? _attempts.Proposed(sender, accept),
            ViewAccepted accepted => Leases.WhyNotAccept(sender, machine.AcceptedView)
                ?? _ballots.Accepted(sender, accepted),
            ViewInstall install => _attempts.Installed(sender, install.View),
            _ => null,
        };
    }

    private bool IsTooOld(SimulatedProcess process, ForwardCommit forward) =>
        process.Now - forward.HeardAt > cluster.Options.SuspectAfterOf(process.Member)
            + cluster.Options.CommitTimeoutOf(process.Member);

    private static long NumberOf(Message message) =>
        message is ViewPromise promise ? promise.Number : ((ViewPrepare)message).Number;
}
