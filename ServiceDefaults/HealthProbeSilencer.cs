using System.Diagnostics;
using OpenTelemetry;

namespace SessionCluster.ServiceDefaults;

/// <summary>
/// Keeps the proxy's own spans of its health probes, one for each node and second, out of what is exported.
/// </summary>
internal sealed class HealthProbeSilencer : BaseProcessor<Activity>
{
    /// <inheritdoc/>
    public override void OnEnd(Activity data)
    {
        if (data.OperationName is "proxy.cluster_health_checks" or "proxy.destination_health_check")
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
