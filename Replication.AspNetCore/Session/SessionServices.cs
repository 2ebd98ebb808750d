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
    ILogger<SessionServices> logger)
{
    private int _warned;

    public SessionClient Client { get; } = client;

    public ClusterSecret Secret { get; } = secret;

    public int MaximumBytes { get; } = options.Value.MaximumSessionBytes;

    public void WarnOfMissingMiddleware()
    {
        if (Interlocked.Exchange(ref _warned, 1) == 0)
        {
            logger.MiddlewareMissing();
        }
    }
}
