using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// A node whose store is away is degraded, not unready: no other node would be better off, and it is this one that
/// tells its clients so.
/// </summary>
internal sealed class SharedStoreHealthCheck(SharedStore store) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(store.Serves
            ? HealthCheckResult.Healthy($"the store {store.Condition}")
            : HealthCheckResult.Degraded($"the store {store.Condition}"));
}
