using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>
/// Takes the node out of service so that nobody notices: said first, then no more requests, sessions handed over and
/// protected elsewhere, running requests finished, farewell. The same whether an operator asks or the process ends.
/// </summary>
internal sealed class NodeDrain : IDisposable
{
    /// <summary>How long a request may run on after an operator's word.</summary>
    private static readonly TimeSpan MostForRequests = TimeSpan.FromMinutes(1);

    private readonly NodeLoop _loop;
    private readonly RequestGate _gate;
    private readonly CancellationTokenSource _hurry;
    private readonly TimeSpan _patienceAtEnd;
    private readonly TimeSpan _notice;
    private readonly TimeProvider _time;
    private readonly ILogger<NodeDrain> _logger;
    private readonly Lock _lock = new();
    private Task<bool>? _run;
    private TaskCompletionSource _givenUp = new();
    private volatile bool _isEnding;

    public NodeDrain(
        NodeLoop loop,
        RequestGate gate,
        IOptions<ReplicationOptions> options,
        TimeProvider time,
        ILogger<NodeDrain> logger)
    {
        _loop = loop;
        _gate = gate;
        _patienceAtEnd = options.Value.DrainTimeout / 2;
        _notice = loop.Settings.Universe.Count == 0 ? TimeSpan.Zero
            : options.Value.DrainNotice < _patienceAtEnd / 2 ? options.Value.DrainNotice
            : _patienceAtEnd / 2;
        _hurry = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _time = time;
        _logger = logger;
        loop.DrainGivenUp = () => Volatile.Read(ref _givenUp).TrySetResult();
    }

    /// <summary>Whether it runs, or is over.</summary>
    public bool HasBegun
    {
        get
        {
            lock (_lock)
            {
                return IsUnderWay;
            }
        }
    }

    /// <summary>With the lock.</summary>
    private bool IsUnderWay => _run is { } run && !(run.IsCompletedSuccessfully && !run.Result);

    /// <summary>
    /// Begins because an operator says so, unless it has begun: running requests have a minute. Where nobody is left
    /// meanwhile to take over what the node has, it serves on.
    /// </summary>
    public void Begin() => _ = StartOrJoin();

    /// <summary>
    /// Begins because the process ends, unless it has begun: running requests have half of the drain's time, the other
    /// half is for the sessions. The task ends when everything is handed over, or nobody is there to take it.
    /// </summary>
    public async Task EndAsync()
    {
        _isEnding = true;
        _hurry.CancelAfter(_patienceAtEnd);
        Task<bool> run = StartOrJoin();
        await _loop.PostAsync(new StartDrain(MayLeave: false), CancellationToken.None);
        while (!await run)
        {
            // An operator's drain had been given up just before.
            run = StartOrJoin();
        }
    }

    public void Dispose() => _hurry.Dispose();

    private Task<bool> StartOrJoin()
    {
        lock (_lock)
        {
            return IsUnderWay ? _run! : _run = RunAsync();
        }
    }

    /// <summary>
    /// Who sends requests learns by push or by asking, and does not say that it knows: so what it sends meanwhile is
    /// served.
    /// </summary>
    private async Task NoticeAsync()
    {
        try
        {
            await Task.Delay(_notice, _time, _hurry.Token);
        }
        catch (OperationCanceledException)
        {
            // The process ends, and what is left of its time is for the sessions.
        }
    }

    /// <returns>Whether the node has left; else it serves on.</returns>
    private async Task<bool> RunAsync()
    {
        var givenUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _givenUp, givenUp);
        await _loop.PostAsync(new AnnounceDrain(), CancellationToken.None);
        await NoticeAsync();
        Task empty = _gate.CloseAsync();
        _logger.DrainBegun(_gate.Inside);
        await _loop.PostAsync(new StartDrain(MayLeave: false, MayLose: _isEnding), CancellationToken.None);
        try
        {
            // The node stays a member meanwhile: what these requests change is committed by the new primaries.
            await Task.WhenAny(empty, givenUp.Task).WaitAsync(MostForRequests, _time, _hurry.Token);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            _logger.RequestsLeftBehind(_gate.Inside);
        }

        await _loop.PostAsync(new StartDrain(MayLose: _isEnding), CancellationToken.None);
        await Task.WhenAny(_loop.Drained, givenUp.Task);
        if (_loop.Drained.IsCompleted)
        {
            return true;
        }

        _gate.Open();
        return false;
    }
}
