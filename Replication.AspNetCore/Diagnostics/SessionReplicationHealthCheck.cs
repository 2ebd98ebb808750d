using Microsoft.Extensions.Diagnostics.HealthChecks;
using SessionCluster.Replication.AspNetCore.Hosting;

namespace SessionCluster.Replication.AspNetCore.Diagnostics;

/// <summary>Ready: joined, knows all locations, may serve, and does not drain.</summary>
internal sealed class SessionReplicationHealthCheck(NodeLoop loop, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            NodeSnapshot snapshot = await loop.InspectAsync(NodeSnapshot.Of, both.Token);
            string description = $"{snapshot.Status}, view {snapshot.View}, {snapshot.Members} members";
            return snapshot.IsReady
                ? HealthCheckResult.Healthy(description)
                : new HealthCheckResult(context.Registration.FailureStatus, description);
        }
        catch (OperationCanceledException)
        {
            // A loop that does not answer in time is not fit to serve, whatever it does.
            return new HealthCheckResult(context.Registration.FailureStatus, "The node does not answer.");
        }
    }
}
