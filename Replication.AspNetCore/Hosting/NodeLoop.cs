using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>
/// The only caller of the machine: it gathers inputs and works them off in batches. It has no thread of its own:
/// whoever brings an input and finds the machine at rest takes the turn, and works off what the others bring meanwhile.
/// So a request that can be answered here is answered without waking another thread. Nobody waits for a turn, and a
/// turn awaits nothing, so a slow peer or a slow request never stops it.
/// </summary>
internal sealed class NodeLoop : IInputSink, IThreadPoolWorkItem, IDisposable
{
    private const int Free = 0;
    private const int Taken = 1;

    /// <summary>After so many batches in one turn the pool goes on: a request must not work for all others.</summary>
    private const int BatchesPerTurn = 8;

    private const int QueueLength = 65_536;
    private const int BatchMaximum = 256;

    private readonly Channel<LoopItem> _queue = Channel.CreateBounded<LoopItem>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true });

    private readonly PendingRequests _pending = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MachineSteps _steps;
    private readonly LoopClock _clock;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger<NodeLoop> _logger;

    /// <summary>
    /// Whether somebody has the turn; until the start, and after the end for good, so that nobody gets it.
    /// </summary>
    private int _turn = Taken;
    private volatile bool _isStarted;

    public NodeLoop(
        ReplicationSettings settings,
        IPeerTransport transport,
        EventSink events,
        ReplicationMetrics metrics,
        TimeProvider time,
        IHostApplicationLifetime lifetime,
        ILogger<NodeLoop> logger)
    {
        _lifetime = lifetime;
        _logger = logger;
        _clock = new LoopClock(time, Wake);
        _steps = new MachineSteps(settings, transport, events, _clock, _pending);
        Settings = settings;
        metrics.Observe(() => _steps.Snapshot);
    }

    public ReplicationSettings Settings { get; }

    /// <summary>The time on the machine's clock.</summary>
    public Instant Now => _clock.Now;

    /// <summary>What the machine looked like after the latest batch, or shortly before.</summary>
    public NodeSnapshot Snapshot => _steps.Snapshot;

    /// <summary>Completes when everything is handed over.</summary>
    public Task<Drained> Drained => _steps.Drained;

    /// <summary>Completes when the loop has ended, by a stop or by a failure; nobody hands anything over any more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Told when the machine has given a drain up, between two of its steps.</summary>
    public Action? DrainGivenUp
    {
        get => _steps.DrainGivenUp;
        set => _steps.DrainGivenUp = value;
    }

    public void Start()
    {
        _steps.Start();
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
        _steps.IsStopping = true;
        _queue.Writer.TryComplete();
        Advance();
    }

    private void RunTurn()
    {
        for (int batches = 0; RunOneBatch(); batches++)
        {
            Interlocked.Exchange(ref _turn, Free);

            // Who came while the turn was taken has left the work to this one.
            if ((!_steps.IsStopping && !_queue.Reader.TryPeek(out _))
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
            if (!_steps.IsStopping)
            {
                RunBatch();
                _clock.WakeAt(_steps.NextDeadline);
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
        for (int count = 0;
            count < BatchMaximum && !_steps.IsStopping && _queue.Reader.TryRead(out LoopItem item);
            count++)
        {
            // What the whole batch has to record travels together.
            _steps.Take(item, isFollowed: count + 1 < BatchMaximum && _queue.Reader.TryPeek(out _));
        }

        _steps.EndBatch();
    }

    private void End()
    {
        _steps.End();
        _queue.Writer.TryComplete();
        while (_queue.Reader.TryRead(out LoopItem item))
        {
            item.Request?.Complete(default);
            item.Inspection?.Cancel();
        }

        _pending.Abandon();
        _ended.TrySetResult();
    }
}
