namespace SessionCluster.Simulation;

/// <summary>A request wants to read a session.</summary>
/// <param name="session">What the outside knows of it.</param>
/// <param name="done">Gets the answer; nothing, when the process died.</param>
internal sealed class LoadRequest(SessionHistory session, Action<LoadCompleted?> done) : PendingRequest
{
    private Observation _began;

    public SessionHistory Of => session;

    public override string Session => session.Name;

    /// <summary>Whether nobody else who wants the same may have the session until it is released.</summary>
    public bool IsExclusive { get; init; }

    public override Input Begin(long number) => new LoadSession(number, session.Id) { IsExclusive = IsExclusive };

    public override void Invoked(SimulatedProcess process) => _began = session.Observe();

    public override void Completed(SimulatedProcess process, Completion completion)
    {
        var load = (LoadCompleted)completion;
        switch (load.Result)
        {
            case LoadResult.Found:
                session.Led(load.Version, load.Placement);
                session.Loaded(_began, load.State, load.Version);
                break;
            case LoadResult.NotFound:
                session.NotFound(_began);
                break;
            case LoadResult.Lost:
                session.Lost(_began);
                break;
            default:
                session.WasUnavailable();
                break;
        }

        done(load);
    }

    public override void Abandon() => done(null);
}

/// <summary>A request has changed a session.</summary>
/// <param name="session">What the outside knows of it.</param>
/// <param name="write">The commit as the checkers know it.</param>
/// <param name="delta">The changes.</param>
/// <param name="creates">Whether the session is new.</param>
/// <param name="done">Gets the answer; nothing, when the process died.</param>
internal sealed class CommitRequest(
    SessionHistory session, WriteRecord write, SessionDelta delta, bool creates,
    Action<CommitCompleted?> done) : PendingRequest
{
    private Observation _began;

    public SessionHistory Of => session;

    public override string Session => session.Name;

    public WriteRecord Write => write;

    /// <summary>The key of the request, where it has one.</summary>
    public Guid? RequestKey => delta.Outcome?.RequestKey;

    /// <summary>What is answered, and kept with that key.</summary>
    public byte[] Response => delta.Outcome?.Response ?? [];

    /// <summary>The exclusive load that the changes rest on.</summary>
    public long? ExclusiveLoad { get; init; }

    /// <summary>When the process began to read the session for it; nothing where it read nothing.</summary>
    public ProcessMoment? Read { get; init; }

    /// <summary>The process was stopped for long after it had read, and has just woken up.</summary>
    public bool IsStale { get; private set; }

    /// <summary>Whether the exclusive load that the changes rest on held the session no more when it came.</summary>
    public bool RestsOnNothing { get; set; }

    public override Input Begin(long number) =>
        new CommitSession(number, session.Id, delta, creates) { ExclusiveLoad = ExclusiveLoad, ReadAt = Read?.At };

    public override void Invoked(SimulatedProcess process)
    {
        _began = session.Observe();
        IsStale = Read is { } read && read.HasLongPassed(process);
        session.WriteInvoked(write);
    }

    public override void Completed(SimulatedProcess process, Completion completion)
    {
        var commit = (CommitCompleted)completion;
        switch (commit.Result)
        {
            case CommitResult.Committed:
                session.WriteCommitted(write, _began, process, commit);
                break;
            case CommitResult.Repeated:
                session.WriteRepeated(write, _began);
                break;
            case CommitResult.NotFound:
                session.NotFound(_began);
                break;
            case CommitResult.Lost:
                session.Lost(_began);
                break;
            default:
                session.WasUnavailable();
                break;
        }

        done(commit);
    }

    public override void Abandon() => done(null);
}

/// <summary>The application ends a session.</summary>
/// <param name="session">What the outside knows of it.</param>
/// <param name="done">Gets the answer; nothing, when the process died.</param>
internal sealed class RemoveRequest(SessionHistory session, Action<CommitCompleted?> done) : PendingRequest
{
    private Observation _began;

    public SessionHistory Of => session;

    public override string Session => session.Name;

    public override Input Begin(long number) => new RemoveSession(number, session.Id);

    public override void Invoked(SimulatedProcess process)
    {
        _began = session.Observe();
        session.Removals.Invoked(_began);
    }

    public override void Completed(SimulatedProcess process, Completion completion)
    {
        var removal = (CommitCompleted)completion;
        session.Removals.Ended(_began);
        switch (removal.Result)
        {
            case CommitResult.Committed:
                session.Removed();
                break;
            case CommitResult.NotFound:
                session.NotFound(_began);
                break;
            case CommitResult.Lost:
                session.Lost(_began);
                break;
            default:
                session.WasUnavailable();
                break;
        }

        done(removal);
    }

    public override void Abandon()
    {
        session.Removals.Ended(_began);
        done(null);
    }
}
