using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Telemetry;

namespace SessionCluster.Tests.Faults;

/// <summary>
/// A cluster of its own for what kills many: scenes that look at sessions' places are not to meet it. Its members send
/// what they count to the test.
/// </summary>
public abstract class FaultFixture(string partitionPolicy)
    : ClusterFixture("backup", "--partition-policy", partitionPolicy)
{
    private MetricsReceiver? _metrics;

    internal MetricsReceiver Metrics =>
        _metrics ?? throw new InvalidOperationException("The cluster has not been started.");

    /// <summary>Processes inherit what this one has in its environment when the AppHost starts.</summary>
    public override async ValueTask InitializeAsync()
    {
        _metrics = await MetricsReceiver.StartAsync();
        try
        {
            foreach (var (name, value) in _metrics.Environment)
            {
                Environment.SetEnvironmentVariable(name, value);
            }

            await base.InitializeAsync();
        }
        finally
        {
            foreach (var name in _metrics.Environment.Keys)
            {
                Environment.SetEnvironmentVariable(name, null);
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_metrics is not null)
        {
            await _metrics.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}

public sealed class MajorityFaultFixture() : FaultFixture("majority");

public sealed class AvailableFaultFixture() : FaultFixture("available");

[CollectionDefinition(nameof(MajorityFaultFixture), DisableParallelization = true)]
public sealed class MajorityFaultClusters : ICollectionFixture<MajorityFaultFixture>;

[CollectionDefinition(nameof(AvailableFaultFixture), DisableParallelization = true)]
public sealed class AvailableFaultClusters : ICollectionFixture<AvailableFaultFixture>;
