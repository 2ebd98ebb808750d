using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>
/// The machine, and what stands around each of its steps: what it hears is read, and what follows from a step is handed
/// out. Only whoever has the loop's turn may use it, but for the snapshot and the end.
/// </summary>
internal sealed class MachineSteps
{
    private static readonly TimeSpan SnapshotInterval = TimeSpan.FromMilliseconds(50);
    private static readonly DeadlineReached Deadline = new();

    private readonly ReplicationSettings _settings;
    private readonly IPeerTransport _transport;
    private readonly EventSink _events;
    private readonly LoopClock _clock;
    private readonly PendingRequests _pending;
    private readonly Outbox _outbox = new(recycles: true);
    private readonly WireCache _cache = new(recycles: true);

    /// <summary>
    /// What the steps of a batch report. Writing it down may take longer than the steps, so what they have to say to
    /// peers leaves before.
    /// </summary>
    private readonly List<ClusterEvent> _reports = [];
    private readonly TaskCompletionSource<Drained> _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Made when the loop starts, because its clocks of silence run from then on.
    private ReplicationNode _node = null!;

    /// <summary>Whether the latest step has left what it has to record to the next one.</summary>
    private bool _isGathering;
    private Instant _snapshotDue;
    private volatile NodeSnapshot _snapshot = NodeSnapshot.Starting;
    private volatile bool _isStopping;

    public MachineSteps(
        ReplicationSettings settings,
        IPeerTransport transport,
        EventSink events,
        LoopClock clock,
        PendingRequests pending)
    {
        _settings = settings;
        _transport = transport;
        _events = events;
        _clock = clock;
        _pending = pending;

        // The names of members come in most messages: they shall be the objects that the machine knows.
        _cache.Keep(settings.Self.Node.Name);
        foreach (ConfiguredPeer peer in settings.Universe)
        {
            _cache.Keep(peer.Node.Name);
        }
    }

    /// <summary>Whether no step is taken any more.</summary>
    public bool IsStopping
    {
        get => _isStopping;
        set => _isStopping = value;
    }

    /// <summary>What the machine looked like after the latest batch, or shortly before.</summary>
    public NodeSnapshot Snapshot => _snapshot;

    /// <summary>Completes when everything is handed over.</summary>
    public Task<Drained> Drained => _drained.Task;

    /// <summary>Told when the machine has given a drain up, between two of its steps.</summary>
    public Action? DrainGivenUp { get; set; }

    public Instant NextDeadline => _node.NextDeadline;

    public void Start() => _node = new ReplicationNode(_settings, _clock.Now);

    /// <summary>Lets the machine take what was queued.</summary>
    /// <param name="item">One thing of the queue.</param>
    /// <param name="isFollowed">Whether another one follows at once.</param>
    public void Take(LoopItem item, bool isFollowed)
    {
        if (item.Request is not null)
        {
            _pending.Add(item.Number, item.Request);
        }

        if (item.Frame is not null)
        {
            Receive(item.From, item.Frame, isFollowed);
        }
        else if (item.Input is not null)
        {
            Step(item.Input, _clock.Now, isFollowed);
        }
        else
        {
            item.Inspection?.Run(_node, _clock.Now);
        }
    }

    /// <summary>Does what is due, and lets everything leave that the batch has to say.</summary>
    public void EndBatch()
    {
        Instant now = _clock.Now;
        if ((now >= _node.NextDeadline || _isGathering) && !_isStopping)
        {
            Step(Deadline, now, isFollowed: false);
        }

        _transport.Flush();
        Report();
        if (now >= _snapshotDue)
        {
            _snapshot = NodeSnapshot.Of(_node, now);
            _snapshotDue = now + SnapshotInterval;
        }
    }

    /// <summary>No step follows, and nobody is to send requests here any more.</summary>
    public void End()
    {
        _isStopping = true;
        _snapshot = _snapshot with { IsReady = false };
    }

    private void Receive(Member from, ReceivedFrame frame, bool isFollowed)
    {
        while (!_isStopping && frame.TryRead(_cache, out Message? message))
        {
            _isGathering = isFollowed || frame.HasMore;
            _node.Receive(from, message, _clock.Now, _outbox, _isGathering);
            Dispatch();
        }

        frame.Done();
    }

    private void Step(Input input, Instant now, bool isFollowed)
    {
        _isGathering = isFollowed;
        _node.Step(input, now, _outbox, isFollowed);
        Dispatch();
    }

    /// <summary>Hands out what follows from a step.</summary>
    private void Dispatch()
    {
        for (int index = 0; index < _outbox.Messages.Count; index++)
        {
            _transport.Enqueue(_outbox.Messages[index].To, _outbox.Messages[index].Message);
        }

        for (int index = 0; index < _outbox.Completions.Count; index++)
        {
            _pending.Complete(_outbox.Completions[index]);
        }

        _reports.AddRange(_outbox.Events);
        _outbox.Clear();
    }

    private void Report()
    {
        foreach (ClusterEvent clusterEvent in _reports)
        {
            _events.Report(clusterEvent);
            if (clusterEvent is Drained drained)
            {
                _drained.TrySetResult(drained);
            }
            else if (clusterEvent is DrainGivenUp)
            {
                DrainGivenUp?.Invoke();
            }
        }

        _reports.Clear();
    }
}
