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
    private readonly RedisCache _cache;
    private readonly DistributedSessionStore _inner;
    private readonly ReplicationMetrics _metrics;
    private readonly TimeSpan _patience;
    private readonly SharedStore _store;

    public SharedSessionStore(
        SharedStore store, IOptions<ReplicationOptions> options, ReplicationMetrics metrics, ILoggerFactory loggers)
    {
        _store = store;
        _cache = store.CreateCache();
        _inner = new DistributedSessionStore(_cache, loggers);
        _metrics = metrics;
        _patience = options.Value.CommitTimeout;
    }

    public ISession Create(
        string sessionKey,
        TimeSpan idleTimeout,
        TimeSpan ioTimeout,
        Func<bool> tryEstablishSession,
        bool isNewSessionKey)
    {
        TimeSpan patience = ioTimeout < _patience ? ioTimeout : _patience;
        ISession inner = _inner.Create(sessionKey, idleTimeout, patience, tryEstablishSession, isNewSessionKey);
        return new SharedSession(inner, isNewSessionKey, _metrics)
        {
            TakeExclusively = gone => SharedExclusion.TakeAsync(_store, _store.LockOf(sessionKey), _patience, gone),
        };
    }

    public void Dispose() => _cache.Dispose();
}
