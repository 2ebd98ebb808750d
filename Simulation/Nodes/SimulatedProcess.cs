namespace SessionCluster.Simulation;

/// <summary>One incarnation of a node: the machine, its clock, and what the shell does around it.</summary>
internal sealed class SimulatedProcess
{
    private static readonly DeadlineReached Deadline = new();

    private readonly SimulatedCluster _cluster;
    private readonly Outbox _outbox = new(recycles: true);
    private readonly Queue<Input> _waiting = new();
    private readonly Dictionary<long, PendingRequest> _requests = [];
    private readonly DeadlineAlarm _alarm;
    private long _requestsMade;

    public SimulatedProcess(SimulatedCluster cluster, SimulatedNode node, ReplicationSettings settings, NodeClock clock)
    {
        _cluster = cluster;
        Node = node;
        Clock = clock;
        Member = settings.Self;
        Role = settings.Role;
        Links = new Connection?[cluster.Network.Hosts];
        Dialing = new Dialing(cluster.Network, this);
        StartedAt = Now;
        Machine = new ReplicationNode(settings, StartedAt);
        _alarm = new DeadlineAlarm(cluster.Queue, this);
    }

    public SimulatedNode Node { get; }

    public ReplicationNode Machine { get; }

    public Member Member { get; }

    public MemberRole Role { get; }

    public MemberTimes Times => _cluster.Options.TimesOf(Member);

    public NodeClock Clock { get; }

    /// <summary>When it began, on its clock.</summary>
    public Instant StartedAt { get; }

    /// <summary>The connection to the process on each host, as this process sees it.</summary>
    public Connection?[] Links { get; }

    public Dialing Dialing { get; }

    public bool IsAlive { get; private set; } = true;

    public bool IsPaused { get; private set; }

    /// <summary>How often it was stopped.</summary>
    public int Pauses { get; private set; }

    /// <summary>When it was stopped last.</summary>
    public TimeSpan PausedAt { get; private set; }

    /// <summary>When it woke up last.</summary>
    public TimeSpan WokeAt { get; private set; }

    /// <summary>The machine has said that everything is handed over.</summary>
    public bool IsDrained { get; private set; }

    public int Host => Node.Host;

    public Instant Now => Clock.At(_cluster.Queue.Now);

    public TimeSpan LongerThanRequests => _cluster.Options.LongerThanRequestsOf(Member);

    public SimulatedProcess? ProcessAt(int host) => _cluster.Nodes[host].Process;

    public NodeId NodeAt(int host) => _cluster.Nodes[host].Id;

    public int HostOf(NodeId node) => _cluster.HostOf(node);

    public void Start()
    {
        foreach (SimulatedNode node in _cluster.Nodes)
        {
            if (node.Host != Host)
            {
                Dialing.Soon(node.Host);
            }
        }

        _alarm.Set();
    }

    /// <summary>Gives the machine an input; a stopped process finds it when it goes on.</summary>
    public void Take(Input input)
    {
        if (!IsAlive)
        {
            return;
        }

        if (IsPaused)
        {
            _waiting.Enqueue(input);
            return;
        }

        Step(input);
    }

    /// <summary>Gives the machine a message; a stopped process finds it when it goes on.</summary>
    public void Hear(Member from, ReadOnlySpan<byte> message)
    {
        if (!IsAlive)
        {
            return;
        }

        if (IsPaused)
        {
            _waiting.Enqueue(new PeerMessage(from, _cluster.Network.Passage.Read(message)));
            return;
        }

        StepWith(from, _cluster.Network.Reading.Read(message), isFollowed: false);
    }

    /// <summary>Hears a message of a process to which it has no connection: that changes nothing (I12).</summary>
    public void HearForged(Member from, Message message)
    {
        _cluster.Trace.Said("network", $"{from}, to which it has no connection, says to {Member}: {message}");
        Footprint before = Footprint.Of(this);
        Machine.Receive(from, message, Now, _outbox);
        bool isSilent = _outbox.MessageSpan.IsEmpty && _outbox.EventSpan.IsEmpty && _outbox.CompletionSpan.IsEmpty;
        if (!isSilent || Footprint.Of(this) != before)
        {
            throw new SimulationFailedException($"{Member} takes what {from} says, to which it has no connection: {message}");
        }

        _outbox.Clear();
    }

    /// <summary>Whether it may leave with what nobody takes over.</summary>
    public bool MayLose { get; set; } = true;

    /// <summary>Hands a request to the machine.</summary>
    public void Ask(PendingRequest request)
    {
        request.Number = ++_requestsMade;
        _requests.Add(request.Number, request);
        Take(request.Begin(request.Number));
    }

    /// <summary>Nothing came before the machine's deadline.</summary>
    public void ReachDeadline() => Step(Deadline);

    /// <summary>SIGKILL: nothing that waits is done any more, and nobody is told.</summary>
    public void Kill()
    {
        IsAlive = false;
        _waiting.Clear();
        foreach (PendingRequest request in _requests.Values)
        {
            request.Abandon();
        }

        _requests.Clear();
    }

    /// <summary>SIGSTOP.</summary>
    public void Pause()
    {
        IsPaused = true;
        Pauses++;
        PausedAt = _cluster.Queue.Now;
        _cluster.Network.Paused(this);
    }

    /// <summary>SIGCONT: all that has waited is done in one burst, with a clock that has jumped.</summary>
    public void Resume()
    {
        IsPaused = false;
        WokeAt = _cluster.Queue.Now;
        bool isDeadlineFirst = _cluster.Network.Random.Chance(0.5);
        if (isDeadlineFirst && Machine.NextDeadline <= Now)
        {
            Step(Deadline);
        }

        while (IsAlive && !IsPaused && _waiting.TryDequeue(out Input? input))
        {
            Step(input, isFollowed: _waiting.Count > 0);
        }

        Dialing.GoOn();
        _alarm.Set();
    }

    private void Step(Input input, bool isFollowed = false)
    {
        if (input is PeerMessage said)
        {
            StepWith(said.From, AsHeard(said.Message), isFollowed);
            return;
        }

        _cluster.Trace.Stepped(this, input);
        if (RequestOf(input) is { } request)
        {
            request.BeganAt = _cluster.Queue.Now;
            request.BeganMoment = _cluster.History.NextMoment();
            request.Invoked(this);
            _cluster.Rules?.Invoked(this, request);
        }

        if (input is LinkUp up)
        {
            _cluster.Rules?.Linked(this, up.Peer);
        }

        _cluster.Rules?.Before(this, default, heard: null);
        try
        {
            Machine.Step(input, Now, _outbox, isFollowed);
        }
        catch (Exception exception)
        {
            throw Failed(input, exception);
        }

        _cluster.Divided?.Stepped(this, (input as CommitSession)?.Session);
        Dispatch();
        _cluster.Rules?.Stepped(this);
        _alarm.Set();
    }

    /// <summary>A step with a message: there are so many of them that none gets an object of its own.</summary>
    private void StepWith(Member from, Message message, bool isFollowed)
    {
        _cluster.Trace.Heard(this, from, message);
        _cluster.Rules?.Before(this, from, message);
        try
        {
            Machine.Receive(from, message, Now, _outbox, isFollowed);
        }
        catch (Exception exception)
        {
            throw Failed(message, exception);
        }

        _cluster.Divided?.Stepped(this, (message as ForwardCommit)?.Session);
        _cluster.Rules?.After(this, message);
        Dispatch();
        _cluster.Rules?.Stepped(this);
        _alarm.Set();
    }

    /// <summary>The shell would stop the host. Here it is what the simulation is looking for.</summary>
    private SimulationFailedException Failed(object input, Exception exception) =>
        new($"the machine of {Member} failed at {input.GetType().Name}", exception);

    /// <summary>What commits say comes in objects that are good for one step, here as in the shell.</summary>
    private Message AsHeard(Message message) =>
        message is Replicate or Replicated ? _cluster.Network.Reading.Carry(message) : message;

    private PendingRequest? RequestOf(Input input) => input switch
    {
        LoadSession load => _requests.GetValueOrDefault(load.Request),
        CommitSession commit => _requests.GetValueOrDefault(commit.Request),
        RemoveSession remove => _requests.GetValueOrDefault(remove.Request),
        _ => null,
    };

    private void Dispatch()
    {
        foreach (Envelope envelope in _outbox.MessageSpan)
        {
            _cluster.Network.Send(this, envelope);
        }

        foreach (ClusterEvent happened in _outbox.EventSpan)
        {
            _cluster.Report(this, happened);
            if (happened is Drained)
            {
                IsDrained = true;
                _cluster.Ledger.Left(this);
            }
        }

        foreach (Completion completion in _outbox.CompletionSpan)
        {
            if (!_requests.Remove(completion.Request, out PendingRequest? request))
            {
                throw new SimulationFailedException($"{Member} completed request {completion.Request} twice");
            }

            _cluster.Trace.Completed(this, completion, request);
            request.IsAnswered = true;
            request.Completed(this, completion);
            _cluster.Rules?.Completed(this, request, completion);
            _cluster.Divided?.Completed(this, request, completion);
        }

        _outbox.Clear();
    }
}
