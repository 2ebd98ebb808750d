using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// The requests that are not answered yet. One that cannot go on is parked at its session and tried again whenever
/// something about the session has changed; after its time it is answered with <c>Unavailable</c>.
/// </summary>
internal sealed partial class Requests(NodeContext context)
{
    private readonly Dictionary<SessionId, List<SessionRequest>> _parked = [];

    private readonly Queue<SessionRequest> _byDeadline = new();
    private readonly Queue<SessionRequest> _ready = new();
    private bool _wasPermitted;

    /// <summary>Tries a request; set once, as the two need each other.</summary>
    public Action<SessionRequest> Handle { get; set; } = static _ => { };

    public bool IsWaiting(SessionId session) => _parked.ContainsKey(session);

    /// <summary>The sessions for which something waits.</summary>
    public IReadOnlyCollection<SessionId> Waiting => _parked.Keys;

    public int Count => _byDeadline.Count;

    public void Begin(SessionRequest request)
    {
        _byDeadline.Enqueue(request);
        Handle(request);
        RunReady();
    }

    /// <summary>
    /// Ends the request at its deadline; something else than <see cref="Handle"/> has begun what it waits for.
    /// </summary>
    public void Await(SessionRequest request) => _byDeadline.Enqueue(request);

    public void Park(SessionRequest request)
    {
        if (!_parked.TryGetValue(request.Session, out List<SessionRequest>? waiting))
        {
            _parked.Add(request.Session, waiting = []);
        }

        waiting.Add(request);
    }

    /// <summary>The requests of a session are to be tried again, after what happens now is over.</summary>
    public void Resume(SessionId session)
    {
        if (_parked.Remove(session, out List<SessionRequest>? waiting))
        {
            foreach (SessionRequest request in waiting)
            {
                _ready.Enqueue(request);
            }
        }
    }

    /// <summary>Tries the requests of a session now, before anything else can happen to it.</summary>
    public void Run(SessionId session)
    {
        if (_parked.Remove(session, out List<SessionRequest>? waiting))
        {
            foreach (SessionRequest request in waiting)
            {
                if (!request.IsAnswered)
                {
                    Handle(request);
                }
            }
        }
    }

    public void ResumeAll()
    {
        foreach (SessionId session in _parked.Keys.ToArray())
        {
            Resume(session);
        }
    }

    /// <summary>
    /// Lets a request wait for the permission to serve. That may have lapsed since the last tick, and be back at the next.
    /// </summary>
    public void ParkUntilPermitted(SessionRequest request)
    {
        _wasPermitted = false;
        Park(request);
    }

    /// <summary>Requests that came while this node had no permission go on as soon as it has.</summary>
    public void ResumeAllIfPermitted(bool hasPermission)
    {
        if (hasPermission && !_wasPermitted)
        {
            ResumeAll();
        }

        _wasPermitted = hasPermission;
    }

    /// <summary>Tries what was resumed. A request that is resumed meanwhile waits for the next step.</summary>
    public void RunReady()
    {
        for (int count = _ready.Count; count > 0 && _ready.Count > 0; count--)
        {
            SessionRequest request = _ready.Dequeue();
            if (!request.IsAnswered)
            {
                Handle(request);
            }
        }
    }

    public bool HasReady => _ready.Count > 0;

    public void Committed(SessionRequest request, SessionCopy copy, long sequence) => Answer(
        request,
        CommitResult.Committed,
        new SessionVersion(copy.Configuration.Epoch, sequence),
        copy.Configuration.Placement);

    public void Found(SessionRequest request, SessionCopy copy)
    {
        if (!request.IsAnswered)
        {
            request.IsAnswered = true;
            context.Outbox.Complete(new LoadCompleted(
                request.Number, LoadResult.Found, copy.State, copy.Version, copy.Configuration.Placement));
        }
    }

    /// <summary>Answers a request of any kind with something else than success.</summary>
    public void Fail(SessionRequest request, CommitResult result)
    {
        if (request.Kind != RequestKind.Load)
        {
            Answer(request, result, default, null);
        }
        else if (!request.IsAnswered)
        {
            request.IsAnswered = true;
            LoadResult loaded = result switch
            {
                CommitResult.NotFound => LoadResult.NotFound,
                CommitResult.Lost => LoadResult.Lost,
                _ => LoadResult.Unavailable,
            };
            context.Outbox.Complete(new LoadCompleted(request.Number, loaded, SessionState.Empty, default, null));
        }
    }

    /// <summary>Whether a request waits for anything.</summary>
    public bool HasWaiting
    {
        get
        {
            while (_byDeadline.TryPeek(out SessionRequest? request) && request.IsAnswered)
            {
                _byDeadline.Dequeue();
            }

            return _byDeadline.Count > 0;
        }
    }

    public void Tick()
    {
        while (_returned.TryPeek(out (Instant At, SessionId Session) returned) && returned.At <= context.Now)
        {
            _returned.Dequeue();
            Resume(returned.Session);
        }

        while (_byDeadline.TryPeek(out SessionRequest? request)
            && (request.IsAnswered || request.Deadline <= context.Now))
        {
            _byDeadline.Dequeue();
            if (!request.IsAnswered)
            {
                Fail(request, CommitResult.Unavailable);
            }

            if (_parked.TryGetValue(request.Session, out List<SessionRequest>? waiting) && waiting.Remove(request)
                && waiting.Count == 0)
            {
                _parked.Remove(request.Session);
            }
        }
    }

    /// <summary>This node has left: nobody will answer what still waits, here or at others.</summary>
    public void Left()
    {
        while (_byDeadline.TryDequeue(out SessionRequest? request))
        {
            Fail(request, CommitResult.Unavailable);
        }

        _parked.Clear();
    }

    /// <summary>
    /// There was a view without this member: those in it have decided what becomes of all that they had forwarded here.
    /// What still waits must not come true besides.
    /// </summary>
    public void Excluded()
    {
        foreach (SessionRequest request in _parked.Values.SelectMany(static waiting => waiting).Concat(_ready))
        {
            request.IsAnswered |= request.IsForwarded;
        }
    }

    /// <summary>
    /// Ends a commit whose fate is unknown, unless it carries the key of its request: by that whoever leads the session
    /// next knows whether it has come true, so it may be tried again.
    /// </summary>
    public void FailUnlessRepeatable(SessionRequest request, CommitResult result)
    {
        if (result != CommitResult.Unavailable || !TryAgainIfRepeatable(request))
        {
            Fail(request, result);
        }
    }

    private bool TryAgainIfRepeatable(SessionRequest request)
    {
        if (request is { IsAnswered: false, Delta.Outcome: not null })
        {
            ForgetForwarded(request);
            Park(request);
            Resume(request.Session);
            return true;
        }

        return false;
    }

    private void Answer(SessionRequest request, CommitResult result, SessionVersion version, Placement? placement)
    {
        if (request.IsAnswered)
        {
            return;
        }

        request.IsAnswered = true;
        ForgetForwarded(request);
        if (request.Asker is null)
        {
            context.Outbox.CompleteCommit(request.Number, result, version, placement);
        }
        else if (request.Asker.Answered is { } answered)
        {
            answered(result);
        }
        else
        {
            context.Send(request.Asker.Node, new ForwardedCommit(request.Number, result, version));
        }
    }
}
