using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>
/// Takes the node out of service so that nobody notices: no more requests, sessions handed over and protected
/// elsewhere, running requests finished, farewell. The same whether an operator asks or the process ends.
/// </summary>
internal sealed class NodeDrain : IDisposable
{
    /// <summary>How long a request may run on after an operator's word.</summary>
    private static readonly TimeSpan MostForRequests = TimeSpan.FromMinutes(1);

    private readonly NodeLoop _loop;
    private readonly RequestGate _gate;
    private readonly CancellationTokenSource _hurry;
    private readonly TimeSpan _patienceAtEnd;
    private readonly TimeProvider _time;
    private readonly ILogger<NodeDrain> _logger;
    private readonly Lazy<Task> _drain;

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
        _hurry = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _time = time;
        _logger = logger;
        _drain = new Lazy<Task>(RunAsync);
    }

    /// <summary>Begins because an operator says so, unless it has begun: running requests have a minute.</summary>
    public void Begin() => _ = _drain.Value;

    /// <summary>
    /// Begins because the process ends, unless it has begun: running requests have half of the drain's time, the other
    /// half is for the sessions. The task ends when everything is handed over.
    /// </summary>
    public Task EndAsync()
    {
        _hurry.CancelAfter(_patienceAtEnd);
        return _drain.Value;
    }

    public void Dispose() => _hurry.Dispose();

    private async Task RunAsync()
    {
        Task empty = _gate.CloseAsync();
        _logger.DrainBegun(_gate.Inside);
        await _loop.PostAsync(new StartDrain(MayLeave: false), CancellationToken.None);
        try
        {
            // The node stays a member meanwhile: what these requests change is committed by the new primaries.
            await empty.WaitAsync(MostForRequests, _time, _hurry.Token);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            _logger.RequestsLeftBehind(_gate.Inside);
        }

        await _loop.PostAsync(new StartDrain(), CancellationToken.None);
        await _loop.Drained;
    }
}
