using Microsoft.Extensions.ObjectPool;
using SessionCluster.Balancer.Health;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// Watches one try: while nothing comes from the node, it is asked from time to time whether it lives, and whoever waits
/// for one that does not is released. Used again for other requests, as each request needs one.
/// </summary>
/// <param name="aliveness">Asks nodes.</param>
/// <param name="options">How long nothing may come before the node is asked, and what is held meanwhile.</param>
/// <param name="time">The clock.</param>
internal sealed class NodeWatch(NodeAliveness aliveness, FailoverOptions options, TimeProvider time)
    : IResettable, IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _left = new();
    private ITimer? _timer;
    private CancellationToken _caller;
    private CancellationTokenRegistration _registration;
    private ForwardedRequest? _request;
    private Uri? _node;
    private bool _hasHead;
    private TaskCompletionSource? _rest;
    private long _wait;
    private bool _isWaiting;
    private long _due;
    private long? _rings;
    private bool _isFrozen;

    /// <summary>Whether the node has frozen: what waits for it ends as if it was cancelled.</summary>
    public bool IsFrozen
    {
        get
        {
            lock (_lock)
            {
                return _isFrozen;
            }
        }
    }

    /// <summary>Begins with a request that is about to be sent.</summary>
    public void Begin(Uri node, ForwardedRequest request) => (_node, _request, _hasHead) = (node, request, false);

    /// <summary>The head of the response has come; the body is watched from now on.</summary>
    public void HeadCame() => _hasHead = true;

    /// <summary>What is awaited of the node is to be cancelled by this: as the caller wants it, or as it has frozen.
    /// </summary>
    /// <param name="caller">The caller's own wish to cancel.</param>
    public CancellationToken Follow(CancellationToken caller)
    {
        if (caller != _caller)
        {
            _registration.Dispose();
            _caller = caller;
            _registration = caller.UnsafeRegister(static watch => ((NodeWatch)watch!)._left.Cancel(), this);
        }

        return _left.Token;
    }

    /// <summary>From now on the beginning of the response's body is held.</summary>
    /// <param name="mayRest">Whether it may be known to be whole or long only later.</param>
    /// <returns>For how long. After the deadline no further try would begin, whatever became of this one.</returns>
    public HoldTime BeginHold(bool mayRest) =>
        new(time, time.GetTimestamp(), mayRest ? options.HoldTime : options.Deadline);

    /// <summary>From now on something is awaited of the node.</summary>
    public void BeginWait()
    {
        lock (_lock)
        {
            Await(options.Patience);
        }
    }

    /// <summary>From now on more of a body is awaited that may also rest.</summary>
    /// <param name="patience">How long nothing may come before the node is asked.</param>
    /// <returns>Ends when nothing has come and the node has said that it lives.</returns>
    public Task BeginWaitForRest(TimeSpan patience)
    {
        lock (_lock)
        {
            Await(patience);
            _rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _rest.Task;
        }
    }

    /// <summary>It has come, or has failed.</summary>
    public void EndWait()
    {
        lock (_lock)
        {
            _wait++;
            (_isWaiting, _rest) = (false, null);
        }
    }

    /// <summary>What is still awaited of the node is cancelled: nobody wants it any more.</summary>
    public void Leave() => _left.Cancel();

    /// <inheritdoc/>
    public bool TryReset()
    {
        _registration.Dispose();
        (_registration, _caller, _request, _node) = (default, default, null, null);
        return !IsFrozen && _left.TryReset();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();

        // Whoever has found the node frozen may be about to cancel.
        if (!IsFrozen)
        {
            _left.Dispose();
        }
    }

    private void Await(TimeSpan patience)
    {
        _wait++;
        _isWaiting = true;
        _due = time.GetTimestamp() + (long)(patience.TotalSeconds * time.TimestampFrequency);

        // Most waits are over long before the node would be asked. So the timer is not set back with each, but goes on
        // when it rings and the latest wait is younger.
        if (_rings is not { } rings || _due < rings)
        {
            SetTimer(patience, _due);
        }
    }

    private void SetTimer(TimeSpan fromNow, long rings)
    {
        _rings = rings;
        if (_timer is null)
        {
            // The timer outlives the request, whose trace it must not keep.
            using AsyncFlowControl suppressed = ExecutionContext.SuppressFlow();
            _timer = time.CreateTimer(Ring, this, fromNow, Timeout.InfiniteTimeSpan);
        }
        else
        {
            _timer.Change(fromNow, Timeout.InfiniteTimeSpan);
        }
    }

    private static void Ring(object? watch) => ((NodeWatch)watch!).Ring();

    private void Ring()
    {
        lock (_lock)
        {
            _rings = null;
            if (!_isWaiting)
            {
                return;
            }

            long now = time.GetTimestamp();
            if (now < _due)
            {
                // Rounded up, as timers know whole milliseconds only.
                SetTimer(time.GetElapsedTime(now, _due) + TimeSpan.FromMilliseconds(1), _due);
                return;
            }
        }

        _ = AskAsync();
    }

    private async Task AskAsync()
    {
        long wait = Volatile.Read(ref _wait);
        if (_request is not { } request || _node is not { } node)
        {
            return;
        }

        // What is held is about to go out by this answer, so none of before counts.
        bool lives = _hasHead && Volatile.Read(ref _rest) is null ? await aliveness.AnsweredLatelyAsync(node)
            : request.Body is { IsWaitingForClient: true } || await aliveness.AnswersAsync(node);
        lock (_lock)
        {
            if (wait != _wait)
            {
                return;
            }

            if (lives && _rest is { } rest)
            {
                rest.TrySetResult();
                return;
            }

            if (lives)
            {
                Await(options.Patience);
                return;
            }

            // Who has frozen once is not used again: whatever else was about to use it would be cancelled.
            _isFrozen = true;
            request.Failure = TryFailure.Frozen;
        }

        await _left.CancelAsync();
    }
}
