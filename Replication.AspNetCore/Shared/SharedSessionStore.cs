using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Session;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Gives the stock session middleware ASP.NET Core's distributed session, with a bound on every wait.
/// </summary>
internal sealed class SharedSessionStore : ISessionStore, IDisposable
{
    /// <summary>Longer than requests take that could have loaded the session before.</summary>
    private static readonly TimeSpan MarkLifetimeMinimum = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The client tells of a time-out when its heartbeat has found it. That is to come first, as it is by that that
    /// others learn of it.
    /// </summary>
    private static readonly TimeSpan ClientsDelay = TimeSpan.FromSeconds(1);

    private readonly RedisCache _cache;
    private readonly ILoggerFactory _loggers;
    private readonly ReplicationMetrics _metrics;
    private readonly TimeSpan _idleTimeout;
    private readonly TimeSpan _ioTimeout;
    private readonly TimeSpan _patience;
    private readonly SharedStore _store;
    private int _warned;

    public SharedSessionStore(
        SharedStore store,
        IOptions<ReplicationOptions> options,
        IOptions<SessionOptions> session,
        ReplicationMetrics metrics,
        ILoggerFactory loggers)
    {
        _store = store;
        _cache = store.CreateCache();
        _loggers = loggers;
        _metrics = metrics;
        _patience = options.Value.CommitTimeout;
        _idleTimeout = session.Value.IdleTimeout;
        _ioTimeout = session.Value.IOTimeout < _patience ? session.Value.IOTimeout : _patience + ClientsDelay;
    }

    public ISession Create(
        string sessionKey,
        TimeSpan idleTimeout,
        TimeSpan ioTimeout,
        Func<bool> tryEstablishSession,
        bool isNewSessionKey) =>
        new SharedSession(this, _metrics, sessionKey, tryEstablishSession, isNewSessionKey);

    /// <summary>The session of the key that a request came with, or got from the stock middleware.</summary>
    public SharedIncarnation Of(string key, Func<bool> tryEstablish, bool isNewKey) =>
        Incarnate(key, new SharedEntry(_cache, _store.Pulse, isFresh: false), tryEstablish, isNewKey);

    /// <summary>A session of nobody's, with a key that was never used.</summary>
    public SharedIncarnation CreateFresh(Func<bool> tryEstablish)
    {
        var entry = new SharedEntry(_cache, _store.Pulse, isFresh: true);
        return Incarnate(SessionIdentity.CreateKey(), entry, tryEstablish, isNewKey: true);
    }

    /// <summary>Waits until no other request that wants the same has the session.</summary>
    /// <exception cref="SessionReplicationException">
    /// Others had it all the time, or the store cannot be reached.
    /// </exception>
    /// <exception cref="OperationCanceledException">Whoever wants it waits no longer.</exception>
    public Task<SharedExclusion> TakeExclusivelyAsync(string key, CancellationToken cancellationToken) =>
        SharedExclusion.TakeAsync(_store, _store.LockOf(key), _patience, cancellationToken);

    /// <summary>Ends a session. A mark stays in its place for as long as it would have lived.</summary>
    /// <returns>Whether there was one.</returns>
    public Task<bool> EndAsync(string key) =>
        _store.EndAsync(key, _idleTimeout > MarkLifetimeMinimum ? _idleTimeout : MarkLifetimeMinimum);

    /// <summary>Takes a key from the store that no client has heard of.</summary>
    public Task ForgetAsync(string key) => _store.ForgetAsync(key);

    /// <summary>Says once that requests come past the middleware.</summary>
    public void WarnOfMissingMiddleware()
    {
        if (Interlocked.Exchange(ref _warned, 1) == 0)
        {
            _loggers.CreateLogger<SharedSessionStore>().MiddlewareMissing();
        }
    }

    public void Dispose() => _cache.Dispose();

    private SharedIncarnation Incarnate(string key, SharedEntry entry, Func<bool> tryEstablish, bool isNewKey) => new(
        key, new DistributedSession(entry, key, _idleTimeout, _ioTimeout, tryEstablish, _loggers, isNewKey), entry);
}
