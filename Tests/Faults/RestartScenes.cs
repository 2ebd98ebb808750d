using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Faults;

/// <summary>
/// All nodes are restarted on purpose, one after the other, before visitors who must not notice; the clusters of both
/// policies at the same time. <c>FAILOVER_ROUNDS=10</c> is the long form.
/// </summary>
[Collection(nameof(FaultClusters))]
public sealed class RestartScenes(
    MajorityFaultFixture majority, AvailableFaultFixture available, ITestOutputHelper output)
{
    private const int Crowd = 50;

    [Fact]
    public Task F12_Nobody_notices_rolling_restarts_of_all_nodes() =>
        BothPolicies.PlayAsync(majority.Cluster, available.Cluster, RestartAllAsync);

    private async Task RestartAllAsync(RunningCluster cluster)
    {
        var before = await Task.WhenAll(RunningCluster.NodeNames.Select(cluster.ProcessIdOfAsync));
        await using var visitors = new Visitors(Crowd, _ => cluster.NewBrowser());
        await visitors.AllHaveWritten;
        for (var round = 0; round < LongRun.Of("FAILOVER_ROUNDS", 1); round++)
        {
            await cluster.RollingRestartAsync();
        }

        var experience = await visitors.EndAsync();
        output.WriteLine(experience.ToString());
        Assert.Empty(experience.Complaints);
        var after = await Task.WhenAll(RunningCluster.NodeNames.Select(cluster.ProcessIdOfAsync));
        Assert.Empty(before.Intersect(after));
    }
}
