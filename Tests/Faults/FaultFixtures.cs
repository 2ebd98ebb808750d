using System.Diagnostics;
using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Members;
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

    /// <summary>From the call of the AppHost until all nodes served in one view, and the balancer knew.</summary>
    internal TimeSpan TookToStart { get; private set; }

    /// <summary>From the start of the first node's process to that of the last one's.</summary>
    internal TimeSpan BetweenStarts { get; private set; }

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

            var began = TimeProvider.System.GetTimestamp();
            await base.InitializeAsync();
            await OneClusterAsync();
            TookToStart = TimeProvider.System.GetElapsedTime(began);
            BetweenStarts = await SpreadOfStartsAsync();
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

    private async Task OneClusterAsync()
    {
        await Eventually.SeeAsync(
            "all nodes ready in one view with the balancer", Patience.ClusterStart,
            () => Task.WhenAll(RunningCluster.NodeNames.Select(node => Cluster.AskAsync<NodePage>(node, "/_node"))),
            pages => pages.All(page => page.Ready && page.Members == RunningCluster.NodeNames.Count + 1)
                && pages.Select(page => page.View).Distinct().Count() == 1);
        foreach (var node in RunningCluster.NodeNames)
        {
            await Cluster.SeenByBalancerAsync(node, up: true);
        }
    }

    private async Task<TimeSpan> SpreadOfStartsAsync()
    {
        var ids = await Task.WhenAll(RunningCluster.NodeNames.Select(Cluster.ProcessIdOfAsync));
        var starts = ids.Select(static id =>
        {
            using var process = Process.GetProcessById(id);
            return process.StartTime;
        }).ToArray();
        return starts.Max() - starts.Min();
    }
}

public sealed class MajorityFaultFixture() : FaultFixture("majority");

public sealed class AvailableFaultFixture() : FaultFixture("available");

/// <summary>
/// The clusters of both policies, side by side: scenes that mostly wait are played on both at once. The others leave one
/// of the two idle, which costs little.
/// </summary>
[CollectionDefinition(nameof(FaultClusters), DisableParallelization = true)]
public sealed class FaultClusters
    : ICollectionFixture<MajorityFaultFixture>, ICollectionFixture<AvailableFaultFixture>;
