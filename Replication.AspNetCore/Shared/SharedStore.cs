using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore.Telemetry;
using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The connection to the store of mode <see cref="ReplicationMode.Shared"/>. Nothing ever waits for a store that is not
/// there: commands fail at once while it is unreachable, and the connection heals in the background. For one that is
/// there and does not answer nobody waits twice.
/// </summary>
internal sealed class SharedStore : IHostedService, IAsyncDisposable
{
    private const int ReconnectMs = 250;

    /// <summary>
    /// The first try has the time of a command, and as much again several times on a busy machine: who is given up too
    /// early is not asked for the cause.
    /// </summary>
    private const int GreetingTimeouts = 6;

    /// <summary>
    /// How often the client asks each server whether it is a replica. Where one has taken the place of another, and
    /// none of those that it knows is a master, it asks nothing else of them: by default that lasts for a minute.
    /// </summary>
    private const int RoleCheckSeconds = 1;
    private const string EndedMark = "ended";
    private const string Answers = "answers";

    /// <summary>
    /// The client lets threads of the pool stand while it looks for the server that has taken another's place. With as
    /// few as there are by default nobody would be answered meanwhile, not even with 503.
    /// </summary>
    private const int ThreadsMinimum = 32;

    /// <summary>How often the client looks for commands that have waited too long.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(250);

    private static readonly DistributedCacheEntryOptions Shortly =
        new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(1) };

    private readonly Lazy<Task<IConnectionMultiplexer>> _connection;
    private readonly RedisCache _rehearsed;
    private readonly StoreWatch _watch;
    private readonly ILogger<SharedStore> _logger;
    private readonly ReplicationOptions _options;

    public SharedStore(IOptions<ReplicationOptions> options, ILogger<SharedStore> logger)
    {
        (_options, _logger) = (options.Value, logger);
        _watch = new StoreWatch(() => Pulse!, logger);

        // The client's greeting may block whoever asks for a connection.
        _connection = new(() => Task.Run(ConnectAsync));
        _rehearsed = CreateCache();
        Pulse = new StorePulse(
            ConnectionAsync, RehearseAsync, TimeSpan.FromMilliseconds(ReconnectMs), _watch.Look, SayTrouble);
    }

    /// <summary>By what every question to the store goes.</summary>
    public StorePulse Pulse { get; }

    /// <summary>The cache of the sessions; no other part of the application sees it.</summary>
    public RedisCache CreateCache() => new(Options.Create(new RedisCacheOptions
    {
        ConnectionMultiplexerFactory = ConnectionAsync,
        InstanceName = EntryOf(""),
    }));

    /// <summary>The store's keys as they are, for what is no cache.</summary>
    public async Task<IDatabase> DatabaseAsync() => (await ConnectionAsync().ConfigureAwait(false)).GetDatabase();

    /// <summary>
    /// Ends a session in one step. What is left is a mark of another kind than a session, so that a request that has
    /// loaded it before cannot write it again: the store refuses that by itself.
    /// </summary>
    /// <param name="sessionKey">The session's key.</param>
    /// <param name="markLifetime">How long the mark stays.</param>
    /// <returns>Whether there was a session; not where it had been ended before.</returns>
    /// <exception cref="RedisException">The store cannot be reached.</exception>
    /// <exception cref="TimeoutException">It does not answer; it may end the session yet.</exception>
    public async Task<bool> EndAsync(string sessionKey, TimeSpan markLifetime)
    {
        string entry = EntryOf(sessionKey);
        IDatabase database = await DatabaseAsync().ConfigureAwait(false);
        try
        {
            return await Pulse.AskAsync(() => StoreStep.RunAsync(database, $"{{{entry}}}:mark", step =>
            {
                Task<long> fields = step.HashLengthAsync(entry);
                _ = step.KeyDeleteAsync(entry);
                _ = step.SetAddAsync(entry, EndedMark);
                _ = step.KeyExpireAsync(entry, markLifetime);
                return fields;
            })).ConfigureAwait(false) > 0;
        }
        catch (RedisServerException exception) when (StoreFailure.IsEnded(exception))
        {
            return false;
        }
    }

    /// <summary>
    /// Takes a session from the store whose key no client has. Where the store is away it goes by itself, later.
    /// </summary>
    public async Task ForgetAsync(string sessionKey)
    {
        try
        {
            // Nobody waits, as the store may be away; this comes after whatever was asked on the same connection.
            IDatabase database = await DatabaseAsync().ConfigureAwait(false);
            await database.KeyDeleteAsync(EntryOf(sessionKey), CommandFlags.FireAndForget).ConfigureAwait(false);
        }
        catch (Exception exception) when (StoreFailure.Is(exception))
        {
            // Nobody can ask for it; its time is bounded.
        }
    }

    /// <summary>
    /// What the lock of a session is called. In a cluster what stands in braces says on which server a key is.
    /// </summary>
    public string LockOf(string sessionKey) => $"{{{_options.ClusterName}:exclusive:{sessionKey}}}";

    /// <summary>Whether the store can be reached at the moment, answers, and takes what it is given.</summary>
    public bool Serves => Condition == Answers;

    /// <summary>What a node says of the store: a few words for the pages.</summary>
    public string Condition =>
        Pulse.IsSilent ? "does not answer" : !IsConnected ? "cannot be reached" : Pulse.Trouble ?? Answers;

    /// <summary>Reads a connection string; an Aspire endpoint, <c>tcp://host:port</c>, is one as well.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static ConfigurationOptions Parse(ReplicationOptions options)
    {
        ConfigurationOptions configuration = ConfigurationOptions.Parse(StoreAddress.WithoutScheme(options.Store));
        if (configuration.EndPoints.Any(StoreAddress.IsUrl))
        {
            throw new ArgumentException("It is a URL.", nameof(options));
        }

        int timeoutMs = (int)options.CommitTimeout.TotalMilliseconds;
        configuration.AbortOnConnectFail = false;
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ReconnectRetryPolicy = new LinearRetry(ReconnectMs);
        configuration.HeartbeatInterval = configuration.HeartbeatInterval < Heartbeat
            ? configuration.HeartbeatInterval
            : Heartbeat;
        configuration.ConfigCheckSeconds = RoleCheckSeconds;
        configuration.ConnectTimeout = Math.Min(configuration.ConnectTimeout, timeoutMs);
        configuration.AsyncTimeout = Math.Min(configuration.AsyncTimeout, timeoutMs);
        configuration.SyncTimeout = Math.Min(configuration.SyncTimeout, timeoutMs);
        return configuration;
    }

    /// <summary>
    /// Connects ahead of the first request, and waits for that as long as for a command. One that is not there keeps
    /// nobody from starting, nor one whose greeting never ends, as where TLS is spoken to a server that knows nothing
    /// of it.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _logger.SharedNodeStarting(new NodeId(_options.Node));
        Task greeting = _connection.Value;
        await Task.WhenAny(greeting, Task.Delay(_options.CommitTimeout, cancellationToken));
        if (greeting.IsCompleted)
        {
            await greeting;
        }
        else
        {
            _ = MissAsync(greeting);
        }

        Pulse.Begin();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        Pulse.Dispose();
        _rehearsed.Dispose();
        if (_connection is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _connection.Value).DisposeAsync();
        }
    }

    /// <summary>The connection; nobody waits for one that the start has waited for in vain.</summary>
    private Task<IConnectionMultiplexer> ConnectionAsync() => _connection.Value is { IsCompleted: true } made
        ? made
        : Task.FromException<IConnectionMultiplexer>(new RedisConnectionException(
            ConnectionFailureType.UnableToConnect, "The session store has not been connected yet."));

    private bool IsConnected => _connection is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } made }
        && made.Result.IsConnected;

    private string EntryOf(string sessionKey) => $"{_options.ClusterName}:{sessionKey}";

    private static void WantThreads()
    {
        ThreadPool.GetMinThreads(out int workers, out int completions);
        ThreadPool.SetMinThreads(Math.Max(workers, ThreadsMinimum), completions);
    }

    private async Task<IConnectionMultiplexer> ConnectAsync()
    {
        WantThreads();
        ConfigurationOptions configuration = Parse(_options);
        ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(configuration);

        // Why there is no connection is found in the background: who asks for one is told at once that there is none.
        _ = _watch.FollowAsync(connection, configuration);
        return connection;
    }

    /// <summary>Says so where the first greeting does not end.</summary>
    private async Task MissAsync(Task greeting)
    {
        try
        {
            await greeting.WaitAsync(_options.CommitTimeout * GreetingTimeouts);
        }
        catch (TimeoutException)
        {
            _watch.Miss(Parse(_options).Ssl
                ? "it does not end its greeting; does it speak TLS?"
                : "it does not end its greeting");
        }
        catch (Exception exception)
        {
            _watch.Miss(StoreFailure.CauseOf(exception, Parse(_options).Password));
        }
    }

    /// <summary>What a request asks of the store, with a session that is nobody's.</summary>
    private async Task RehearseAsync(IConnectionMultiplexer connection)
    {
        string key = $"rehearsal:{_options.Node}";
        IDatabase database = connection.GetDatabase();
        var exclusion = new SharedLock(database, LockOf(key));
        await _rehearsed.SetAsync(key, [1], Shortly).ConfigureAwait(false);
        await _rehearsed.GetAsync(key).ConfigureAwait(false);
        await exclusion.TryTakeAsync().ConfigureAwait(false);
        await exclusion.ReleaseAsync().ConfigureAwait(false);
        await database.KeyDeleteAsync(EntryOf(key)).ConfigureAwait(false);
    }

    private void SayTrouble(string? trouble, string reason)
    {
        if (trouble is null)
        {
            _logger.StoreServes();
        }
        else
        {
            _logger.StoreRefuses(trouble, reason);
        }
    }
}
