using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>
/// Takes the node out of service so that nobody notices: no more requests, sessions handed over and protected
/// elsewhere, running requests finished, farewell. The same whether an operator asks or the process ends.
/// </summary>
internal sealed class NodeDrain
{
    private readonly NodeLoop _loop;
    private readonly RequestGate _gate;
    private readonly TimeSpan _patience;
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
        _patience = options.Value.DrainTimeout / 2;
        _time = time;
        _logger = logger;
        _drain = new Lazy<Task>(RunAsync);
    }

    /// <summary>Begins, unless it has begun.</summary>
    public void Begin() => _ = BeginAsync();

    /// <summary>Begins, unless it has begun. The task ends when everything is handed over.</summary>
    public Task BeginAsync() => _drain.Value;

    private async Task RunAsync()
    {
        Task empty = _gate.CloseAsync();
        _logger.DrainBegun(_gate.Inside);
        await _loop.PostAsync(new StartDrain(MayLeave: false), CancellationToken.None);
        try
        {
            // The node stays a member meanwhile: what these requests change is committed by the new primaries.
            await empty.WaitAsync(_patience, _time);
        }
        catch (TimeoutException)
        {
            _logger.RequestsLeftBehind(_gate.Inside);
        }

        await _loop.PostAsync(new StartDrain(), CancellationToken.None);
        await _loop.Drained;
    }
}
