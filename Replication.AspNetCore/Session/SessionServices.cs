using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore.Hosting;
using SessionCluster.Replication.AspNetCore.Security;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>What every session of this node shares.</summary>
internal sealed class SessionServices(
    SessionClient client,
    ClusterSecret secret,
    IOptions<ReplicationOptions> options,
    TimeProvider time,
    ILogger<SessionServices> logger)
{
    private readonly RecentValues<string, SessionId> _identifiers =
        new(StringComparer.Ordinal, RememberedCookies.Lifetime, time);

    private int _warned;

    public SessionClient Client { get; } = client;

    public ClusterSecret Secret { get; } = secret;

    public int MaximumBytes { get; } = options.Value.MaximumSessionBytes;

    /// <summary>The session of a cookie's key; remembered like the cookie itself.</summary>
    public SessionIdentity IdentityOf(string key)
    {
        if (!_identifiers.TryGet(key, out SessionId id))
        {
            id = Secret.IdOf(key);
            _identifiers.Add(key, id);
        }

        return new SessionIdentity(key, id);
    }

    public void WarnOfMissingMiddleware()
    {
        if (Interlocked.Exchange(ref _warned, 1) == 0)
        {
            logger.MiddlewareMissing();
        }
    }
}
