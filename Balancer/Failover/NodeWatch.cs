using Microsoft.Extensions.ObjectPool;
using SessionCluster.Balancer.Health;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// Watches one try: while nothing comes from the node, it is asked from time to time whether it lives, and whoever waits
/// for one that does not is released. Used again for other requests, as each request needs one.
/// </summary>
/// <param name="aliveness">Asks nodes.</param>
/// <param name="patience">How long nothing may come before the node is asked.</param>
/// <param name="time">The clock.</param>
internal sealed class NodeWatch(NodeAliveness aliveness, TimeSpan patience, TimeProvider time) : IResettable, IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _left = new();
    private ITimer? _timer;
    private CancellationToken _caller;
    private CancellationTokenRegistration _registration;
    private ForwardedRequest? _request;
    private Uri? _node;
    private bool _hasHead;
    private long _wait;
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

    /// <summary>From now on something is awaited of the node.</summary>
    public void BeginWait()
    {
        lock (_lock)
        {
            _wait++;
            if (_timer is null)
            {
                // The timer outlives the request, whose trace it must not keep.
                using AsyncFlowControl suppressed = ExecutionContext.SuppressFlow();
                _timer = time.CreateTimer(Ask, this, patience, Timeout.InfiniteTimeSpan);
            }
            else
            {
                _timer.Change(patience, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>It has come, or has failed.</summary>
    public void EndWait()
    {
        lock (_lock)
        {
            _wait++;
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

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

    private static void Ask(object? watch) => _ = ((NodeWatch)watch!).AskAsync();

    private async Task AskAsync()
    {
        long wait = Volatile.Read(ref _wait);
        if (_request is not { } request || _node is not { } node)
        {
            return;
        }

        bool lives = _hasHead ? await aliveness.AnsweredLatelyAsync(node)
            : request.Body is { IsWaitingForClient: true } || await aliveness.AnswersAsync(node);
        lock (_lock)
        {
            if (wait != _wait)
            {
                return;
            }

            if (lives)
            {
                _timer!.Change(patience, Timeout.InfiniteTimeSpan);
                return;
            }

            // Who has frozen once is not used again: whatever else was about to use it would be cancelled.
            _isFrozen = true;
            request.Failure = TryFailure.Frozen;
        }

        await _left.CancelAsync();
    }
}
