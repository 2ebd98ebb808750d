using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>What of the options concerns each response.</summary>
internal sealed class SessionMiddlewareSettings(IOptions<ReplicationOptions> options)
{
    private readonly bool _sendsRoute = options.Value.SendRoute;

    public int HeldMaximum { get; } = options.Value.MaximumResponseHeldBytes;

    public int OutcomeMaximum { get; } = options.Value.MaximumOutcomeBytes;

    public LostSessionPolicy LostPolicy { get; } = options.Value.LostSessionPolicy;

    /// <summary>Tells the balancer where the session is, and the client that the former one is lost.</summary>
    public void WriteHeaders(HttpResponse response, IReplicatedSessionFeature session)
    {
        if (_sendsRoute && session.Placement is { IsAlive: true } placement)
        {
            response.Headers[ReplicationHeaders.Route] = placement.Holders.Count > 1
                ? $"{placement.Primary.Node}.{placement.Holders[1].Node}"
                : placement.Primary.Node.Name;
        }

        if (session.IsReplacementForLost)
        {
            response.Headers[ReplicationHeaders.Lost] = "1";
        }
    }
}
