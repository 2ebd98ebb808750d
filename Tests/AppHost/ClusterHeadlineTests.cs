using SessionCluster.AppHost;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Tests.Balancer;

namespace SessionCluster.Tests.AppHost;

/// <summary>What the console says when the balancer is ready.</summary>
public sealed class ClusterHeadlineTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_what_the_balancers_page_says_of_the_nodes()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, "Balancer:ProbeInterval=00:01:00");
        await balancer["node1"].StopAsync();

        string headline = await ClusterHeadline.ReadAsync($"http://127.0.0.1:{balancer.Address.Port}", Cancellation);

        Assert.Contains(" of 2 nodes up", headline, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', headline);
    }

    [Fact]
    public async Task Where_nobody_answers_it_says_so_and_does_not_fail() => Assert.StartsWith(
        "the balancer does not say how it is (",
        await ClusterHeadline.ReadAsync($"http://127.0.0.1:{FreePorts.Next()}", Cancellation),
        StringComparison.Ordinal);
}
