using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>What is weighed of a cluster.</summary>
public sealed class MeasuredClusterTests
{
    private const int Sessions = 40;
    private const int SessionBytes = 500_000;

    [Fact]
    public async Task Sessions_that_a_store_keeps_are_weighed_where_they_are()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        using MeasuredCluster cluster = await MeasuredCluster.StartAsync(new("shared", 2), cancellationToken);
        long before = await cluster.CollectAsync(cancellationToken);
        for (int session = 0; session < Sessions; session++)
        {
            using var connection = new LoadConnection(cluster.Nodes[0].Port);
            connection.Exchange("POST", $"/probe/values/v?bytes={SessionBytes}");
        }

        long grown = await cluster.CollectAsync(cancellationToken) - before;
        Assert.InRange(grown, Sessions * SessionBytes, 2L * Sessions * SessionBytes);
    }
}
