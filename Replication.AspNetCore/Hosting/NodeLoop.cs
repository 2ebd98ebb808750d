using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>
/// The only owner of the machine: reads inputs in batches, lets the machine step, hands out what follows. It has no
/// thread of its own: whoever brings an input and finds the machine at rest takes the turn, and works off what the
/// others bring meanwhile. So a request that can be answered here is answered without waking another thread. Nobody
/// waits for a turn, and a turn awaits nothing, so a slow peer or a slow request never stops it.
/// </summary>
internal sealed class NodeLoop : IInputSink, IThreadPoolWorkItem, IDisposable
{
    private const int Free = 0;
    private const int Taken = 1;

    /// <summary>After so many batches in one turn the pool goes on: a request must not work for all others.</summary>
    private const int BatchesPerTurn = 8;

    private const int QueueLength = 65_536;
    private const int BatchMaximum = 256;
    private static readonly TimeSpan SnapshotInterval = TimeSpan.FromMilliseconds(50);

    private static readonly DeadlineReached Deadline = new();

    private readonly Channel<LoopItem> _queue = Channel.CreateBounded<LoopItem>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true });

    private readonly Outbox _outbox = new(recycles: true);
    private readonly WireCache _cache = new(recycles: true);

    /// <summary>
    /// What the steps of a batch report. Writing it down may take longer than the steps, so what they have to say to
    /// peers leaves before.
    /// </summary>
    private readonly List<ClusterEvent> _reports = [];
    private readonly PendingRequests _pending = new();
    private readonly TaskCompletionSource<Drained> _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IPeerTransport _transport;
    private readonly EventSink _events;
    private readonly LoopClock _clock;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger<NodeLoop> _logger;

    // Made when the loop starts, because its clocks of silence run from then on.
    private ReplicationNode _node = null!;

    /// <summary>
    /// Whether somebody has the turn; until the start, and after the end for good, so that nobody gets it.
    /// </summary>
    private int _turn = Taken;
    private volatile bool _isStarted;

    /// <summary>Whether the latest step has left what it has to record to the next one.</summary>
    private bool _isGathering;
    private Instant _snapshotDue;
    private volatile NodeSnapshot _snapshot = NodeSnapshot.Starting;
    private volatile bool _stopping;

    public NodeLoop(
        ReplicationSettings settings,
        IPeerTransport transport,
        EventSink events,
        ReplicationMetrics metrics,
        TimeProvider time,
        IHostApplicationLifetime lifetime,
        ILogger<NodeLoop> logger)
    {
        _transport = transport;
        _events = events;
        _lifetime = lifetime;
        _logger = logger;
        _clock = new LoopClock(time, Wake);
        Settings = settings;

        // The names of members come in most messages: they shall be the objects that the machine knows.
        _cache.Keep(settings.Self.Node.Name);
        foreach (ConfiguredPeer peer in settings.Universe)
        {
            _cache.Keep(peer.Node.Name);
        }

        metrics.Observe(() => _snapshot);
    }

    public ReplicationSettings Settings { get; }

    /// <summary>The time on the machine's clock.</summary>
    public Instant Now => _clock.Now;

    /// <summary>What the machine looked like after the latest batch, or shortly before.</summary>
    public NodeSnapshot Snapshot => _snapshot;

    /// <summary>Completes when everything is handed over.</summary>
    public Task<Drained> Drained => _drained.Task;

    /// <summary>Told when the machine has given a drain up, between two of its steps.</summary>
    public Action? DrainGivenUp { get; set; }

    public void Start()
    {
        _node = new ReplicationNode(Settings, _clock.Now);
        _isStarted = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Goes on with a turn that is taken.</summary>
    void IThreadPoolWorkItem.Execute() => RunTurn();

    /// <summary>
    /// Ends the loop before its next step: nothing is acknowledged any more, and whoever waits is told so. Only then
    /// may the listener close, as its silence proves to the peers that this process holds nothing.
    /// </summary>
    public async Task StopAsync()
    {
        Stop();
        await (_isStarted ? _ended.Task : Task.CompletedTask).ConfigureAwait(false);
    }

    /// <summary>Ends the loop where nobody has stopped it before.</summary>
    public void Dispose()
    {
        Stop();
        _clock.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask PostAsync(Input input, CancellationToken cancellationToken)
    {
        if (!_queue.Writer.TryWrite(new LoopItem(input)))
        {
            return WaitAndPostAsync(new LoopItem(input), cancellationToken);
        }

        if (input is not LinkDown)
        {
            Advance();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask PostAsync(Member from, ReceivedFrame frame, CancellationToken cancellationToken)
    {
        var item = new LoopItem(from, frame);
        return _queue.Writer.TryWrite(item) ? ValueTask.CompletedTask : WaitAndPostAsync(item, cancellationToken);
    }

    /// <summary>Hands an input to the loop unless it is too far behind.</summary>
    public bool TryPost(Input input)
    {
        bool isPosted = _queue.Writer.TryWrite(new LoopItem(input));
        Advance();
        return isPosted;
    }

    /// <summary>Takes the turn where nobody has it; who has it sees what was queued before.</summary>
    public void Advance()
    {
        if (Interlocked.CompareExchange(ref _turn, Taken, Free) == Free)
        {
            RunTurn();
        }
    }

    /// <summary>A number for a request; unique in this process.</summary>
    public long NextRequest() => _pending.NextNumber();

    /// <summary>
    /// Asks the machine, and waits for its answer. There is none where the loop is too far behind or has ended.
    /// </summary>
    public ValueTask<Answer> RequestAsync(Input input, long number)
    {
        PendingRequest request = _pending.Rent();
        ValueTask<Answer> result = request.Result;
        if (_queue.Writer.TryWrite(new LoopItem(input, number, request)))
        {
            Advance();
            return result;
        }

        request.Return();
        return default;
    }

    /// <summary>Reads the machine between two of its steps.</summary>
    /// <exception cref="OperationCanceledException">The loop has ended, or the caller waits no longer.</exception>
    public async Task<T> InspectAsync<T>(Func<ReplicationNode, Instant, T> read, CancellationToken cancellationToken)
    {
        var inspection = new Inspection<T>(read);
        if (!_queue.Writer.TryWrite(new LoopItem(inspection)))
        {
            throw new OperationCanceledException("The node's queue is full, or the node has stopped.");
        }

        Advance();
        return await inspection.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WaitAndPostAsync(LoopItem item, CancellationToken cancellationToken)
    {
        try
        {
            Advance();
            await _queue.Writer.WriteAsync(item, cancellationToken).ConfigureAwait(false);
            Advance();
        }
        catch (ChannelClosedException)
        {
            // The loop has ended: what peers say does not matter any more.
        }
    }

    private void Wake()
    {
        // An empty item, as a turn that is just ending looks for one before it lets go.
        _queue.Writer.TryWrite(default);
        Advance();
    }

    private void Stop()
    {
        _stopping = true;
        _queue.Writer.TryComplete();
        Advance();
    }

    private void RunTurn()
    {
        for (int batches = 0; RunOneBatch(); batches++)
        {
            Interlocked.Exchange(ref _turn, Free);

            // Who came while the turn was taken has left the work to this one.
            if ((!_stopping && !_queue.Reader.TryPeek(out _))
                || Interlocked.CompareExchange(ref _turn, Taken, Free) != Free)
            {
                return;
            }

            if (batches >= BatchesPerTurn)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }
        }
    }

    /// <returns>Whether the loop goes on; where not, it has ended, and the turn stays taken.</returns>
    private bool RunOneBatch()
    {
        try
        {
            if (!_stopping)
            {
                RunBatch();
                _clock.WakeAt(_node.NextDeadline);
                return true;
            }
        }
        catch (Exception exception)
        {
            // Whatever it was, the machine may be wrong now. A wrong node is worse than a dead one.
            _logger.LoopFailed(exception);
            _lifetime.StopApplication();
        }

        End();
        return false;
    }

    private void RunBatch()
    {
        for (int count = 0; count < BatchMaximum && !_stopping && _queue.Reader.TryRead(out LoopItem item); count++)
        {
            // What the whole batch has to record travels together.
            Handle(item, isFollowed: count + 1 < BatchMaximum && _queue.Reader.TryPeek(out _));
        }

        Instant now = _clock.Now;
        if ((now >= _node.NextDeadline || _isGathering) && !_stopping)
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

    private void Handle(LoopItem item, bool isFollowed)
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

    private void Receive(Member from, ReceivedFrame frame, bool isFollowed)
    {
        while (!_stopping && frame.TryRead(_cache, out Message? message))
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

    private void End()
    {
        _stopping = true;
        _queue.Writer.TryComplete();
        _snapshot = _snapshot with { IsReady = false };
        while (_queue.Reader.TryRead(out LoopItem item))
        {
            item.Request?.Complete(default);
            item.Inspection?.Cancel();
        }

        _pending.Abandon();
        _ended.TrySetResult();
    }
}
