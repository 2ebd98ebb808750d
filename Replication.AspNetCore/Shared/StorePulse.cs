using Microsoft.Extensions.Logging;
using SessionCluster.Replication.AspNetCore.Telemetry;
using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Whether the store answers. One that stands still keeps its connections, so each request would wait for as long as
/// it may; here the first that has waited in vain spares the others that, until the store has answered a probe.
/// </summary>
internal sealed class StorePulse(Func<Task<IConnectionMultiplexer>> connect, TimeSpan betweenProbes, ILogger logger)
    : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private int _isSilent;

    /// <summary>Whether the store is not to be asked.</summary>
    public bool IsSilent => Volatile.Read(ref _isSilent) != 0;

    /// <summary>Asks the store something, and learns from it whether it answers.</summary>
    /// <exception cref="TimeoutException">It does not, or has not since it was asked last.</exception>
    public async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        if (IsSilent)
        {
            throw new TimeoutException("The store does not answer.");
        }

        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (RedisTimeoutException)
        {
            await BecomeSilentAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc cref="AskAsync{T}"/>
    public Task AskAsync(Func<Task> ask) => AskAsync(async () =>
    {
        await ask().ConfigureAwait(false);
        return true;
    });

    /// <summary>Asks no more. May be called again, as the container does for who is registered twice.</summary>
    public void Dispose()
    {
        if (!_ended.IsCancellationRequested)
        {
            _ended.Cancel();
            _ended.Dispose();
        }
    }

    private async Task BecomeSilentAsync()
    {
        IConnectionMultiplexer connection = await connect().ConfigureAwait(false);

        // One server of many that stands still has its own sessions; those of the others are to be served.
        bool isCluster = connection.GetServers().Any(static server => server.ServerType == ServerType.Cluster);
        if (!isCluster && !_ended.IsCancellationRequested && Interlocked.Exchange(ref _isSilent, 1) == 0)
        {
            logger.StoreLost("it does not answer in time");
            _ = ProbeAsync(connection.GetDatabase(), _ended.Token);
        }
    }

    private async Task ProbeAsync(IDatabase database, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                await database.PingAsync().ConfigureAwait(false);
                Volatile.Write(ref _isSilent, 0);
                logger.StoreIsBack();
                return;
            }
            catch (Exception exception) when (StoreFailure.Is(exception))
            {
                // Where the connection has broken as well the answer comes at once, and there is time for a new one.
                await Task.Delay(betweenProbes, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
