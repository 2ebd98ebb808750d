using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore.Rehearsal;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>
/// Ties the node to the life of the process: it joins before the web server accepts, hands over its sessions while the
/// server still answers, and falls silent when the server has ended.
/// </summary>
internal sealed class NodeService(
    NodeLoop loop,
    NodeDrain drain,
    IPeerTransport transport,
    IOptions<ReplicationOptions> options,
    TimeProvider time,
    ILogger<NodeService> logger) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        logger.NodeStarting(loop.Settings.Self.Node, options.Value.Mode, loop.Settings.Universe.Count);
        if (loop.Settings.Backups > 0 && options.Value.RehearsesFailover)
        {
            await FailoverRehearsal.RunOnceAsync(logger);
        }

        await transport.StartAsync(loop, cancellationToken);
        loop.Start();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        TimeSpan timeout = options.Value.DrainTimeout;
        if (timeout == TimeSpan.Zero)
        {
            return;
        }

        try
        {
            // Where the loop has failed there is nothing to wait for: the sooner the process is gone, the sooner the
            // peers know that it is dead.
            await Task.WhenAny(drain.EndAsync(), loop.Ended).Unwrap().WaitAsync(timeout, time, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // The process stops all the same; the peers treat it as a crash and promote the copies that they have.
            logger.DrainIncomplete(timeout, loop.Snapshot.Primaries);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await loop.StopAsync();
        await transport.StopAsync(cancellationToken);
    }
}
