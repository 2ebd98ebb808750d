using System.Net;

namespace SessionCluster.Tests.Balancer;

/// <summary>What the balancer sends once is sent once: .NET's handler repeats nothing by itself.</summary>
public sealed class SingleSendingTests
{
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    [InlineData("PUT")]
    public async Task Two_further_tries_are_three_sendings_where_connections_end_in_good_order(string method)
    {
        RawNode[] nodes = [.. Enumerable.Range(1, 3).Select(i => RawNode.Start($"node{i}", RawNode.CloseAsync))];
        await using var balancer = await BalancerUnderTest.StartBeforeAsync([], nodes, NoProbes);
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync(method, 0, "node1");

        Assert.False(response.IsSuccessStatusCode);
        Assert.All(nodes, node => Assert.Single(node.Heads));
        foreach (RawNode node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Without_failover_a_request_is_sent_once(string method)
    {
        await using RawNode bad = RawNode.Start("node1", RawNode.CloseAsync);
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(bad, NoProbes, "Balancer:Failover=false");
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync(method, 0, "node1");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Single(bad.Heads);
        Assert.Empty(balancer["node2"].Requests);
    }
}
