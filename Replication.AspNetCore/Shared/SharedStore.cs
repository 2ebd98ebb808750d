using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore.Telemetry;
using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The connection to the store of mode <see cref="ReplicationMode.Shared"/>. Nothing ever waits for a store that is not
/// there: commands fail at once while it is unreachable, and the connection heals in the background.
/// </summary>
internal sealed class SharedStore(IOptions<ReplicationOptions> options, ILogger<SharedStore> logger)
    : IHostedService, IAsyncDisposable
{
    private const int ReconnectMs = 250;
    private const string EndpointScheme = "tcp://";

    private readonly Lazy<Task<IConnectionMultiplexer>> _connection =
        new(() => ConnectAsync(Parse(options.Value), logger));

    /// <summary>The cache of the sessions; no other part of the application sees it.</summary>
    public RedisCache CreateCache() => new(Options.Create(new RedisCacheOptions
    {
        ConnectionMultiplexerFactory = () => _connection.Value,
        InstanceName = options.Value.ClusterName + ":",
    }));

    /// <summary>The store's keys as they are, for what is no cache.</summary>
    public async Task<IDatabase> DatabaseAsync() => (await _connection.Value.ConfigureAwait(false)).GetDatabase();

    /// <summary>What the lock of a session is called.</summary>
    public string LockOf(string sessionKey) => $"{options.Value.ClusterName}:exclusive:{sessionKey}";

    /// <summary>Whether the store can be reached at the moment.</summary>
    public bool IsConnected => _connection is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } made }
        && made.Result.IsConnected;

    /// <summary>Reads a connection string; an Aspire endpoint, <c>tcp://host:port</c>, is one as well.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static ConfigurationOptions Parse(ReplicationOptions options)
    {
        string text = options.Store;
        if (text.StartsWith(EndpointScheme, StringComparison.OrdinalIgnoreCase))
        {
            text = text[EndpointScheme.Length..].TrimEnd('/');
        }

        ConfigurationOptions configuration = ConfigurationOptions.Parse(text);
        int timeoutMs = (int)options.CommitTimeout.TotalMilliseconds;
        configuration.AbortOnConnectFail = false;
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ReconnectRetryPolicy = new LinearRetry(ReconnectMs);
        configuration.HeartbeatInterval = TimeSpan.FromMilliseconds(ReconnectMs);
        configuration.ConnectTimeout = Math.Min(configuration.ConnectTimeout, timeoutMs);
        configuration.AsyncTimeout = Math.Min(configuration.AsyncTimeout, timeoutMs);
        configuration.SyncTimeout = Math.Min(configuration.SyncTimeout, timeoutMs);
        return configuration;
    }

    /// <summary>Connects ahead of the first request; a store that is not there keeps nobody from starting.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        logger.SharedNodeStarting(new NodeId(options.Value.Node));
        await _connection.Value.WaitAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_connection.IsValueCreated)
        {
            await (await _connection.Value).DisposeAsync();
        }
    }

    private static async Task<IConnectionMultiplexer> ConnectAsync(ConfigurationOptions configuration, ILogger logger)
    {
        ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(configuration);
        connection.ConnectionFailed += (_, failed) => logger.StoreLost(failed.FailureType.ToString());
        connection.ConnectionRestored += (_, _) => logger.StoreIsBack();
        if (!connection.IsConnected)
        {
            logger.StoreLost("it does not answer");
        }

        return connection;
    }
}
