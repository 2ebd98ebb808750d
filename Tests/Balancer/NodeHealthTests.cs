using System.Net;

namespace SessionCluster.Tests.Balancer;

public sealed class NodeHealthTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_refused_connection_takes_a_node_out_long_before_any_probe()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, "Balancer:ProbeInterval=00:01:00");
        await balancer.UntilAvailableAsync("node1", "node2");
        await balancer["node1"].StopAsync();
        using HttpClient client = balancer.Client(withCookies: false);

        await client.GetAsync("/first", Cancellation);
        await client.GetAsync("/second", Cancellation);

        Assert.Equal(["node2"], balancer.Available());
        Assert.Equal("node2", await client.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task A_probe_brings_a_node_back()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, "Balancer:ProbeInterval=00:00:00.1");
        await balancer["node1"].StopAsync();
        await balancer.UntilAvailableAsync("node2");

        await balancer["node1"].StartAgainAsync();

        await balancer.UntilAvailableAsync("node1", "node2");
    }

    [Fact]
    public async Task A_node_that_says_it_is_not_ready_gets_nothing_more()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(
            2, "Balancer:ProbeInterval=00:00:00.1", "Balancer:ProbeFailures=100");

        balancer["node2"].IsReady = false;

        await balancer.UntilAvailableAsync("node1");
    }

    [Fact]
    public async Task Where_no_node_seems_well_all_are_tried()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, "Balancer:ProbeInterval=00:00:00.1");
        balancer["node1"].IsReady = false;
        await balancer.UntilAvailableAsync("node2");
        balancer["node2"].IsReady = false;
        await balancer.UntilAvailableAsync("node1", "node2");
        using HttpClient client = balancer.Client();

        HttpResponseMessage response = await client.GetAsync("/", Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task The_balancer_answers_for_its_own_health(string path)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        using HttpClient client = balancer.Client();

        Assert.Equal("Healthy", await client.GetStringAsync(path, Cancellation));
    }
}
