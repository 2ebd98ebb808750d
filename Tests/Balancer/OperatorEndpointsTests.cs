using System.Net;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Tests.Balancer;

public sealed class OperatorEndpointsTests
{
    private const string Key = "a key of an operator";
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_drain_reaches_the_node_and_no_request_follows_it()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, NoProbes, $"Operator:Key={Key}");
        await balancer.UntilAvailableAsync("node1", "node2");
        balancer["node1"].Answer = context =>
        {
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return context.Response.WriteAsync("draining");
        };

        using HttpResponseMessage response = await DrainAsync(balancer, "node1", Key);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("draining", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.True(balancer["node1"].Requests.TryDequeue(out RecordedRequest? request));
        Assert.Equal(("POST", "/_node/drain"), (request.Method, request.Path));
        Assert.Equal(Key, request.Headers["Operator-Key"]);
        Assert.Equal(["node2"], balancer.Available());
    }

    [Theory]
    [InlineData("node1", null, HttpStatusCode.Unauthorized)]
    [InlineData("node1", "a key of an impostor", HttpStatusCode.Unauthorized)]
    [InlineData("node9", "a key of an impostor", HttpStatusCode.Unauthorized)]
    [InlineData("node9", Key, HttpStatusCode.NotFound)]
    [InlineData("node2", Key, HttpStatusCode.Conflict)]
    public async Task A_drain_is_refused(string node, string? key, HttpStatusCode status)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, NoProbes, $"Operator:Key={Key}");
        await balancer["node2"].StopAsync();

        using HttpResponseMessage response = await DrainAsync(balancer, node, key);

        Assert.Equal(status, response.StatusCode);
        Assert.Empty(balancer["node1"].Requests);
    }

    [Fact]
    public async Task Without_a_key_nobody_may_drain()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1, NoProbes);

        using HttpResponseMessage response = await DrainAsync(balancer, "node1", "");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Anybody_may_ask_what_would_be_lost()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, NoProbes);
        balancer["node1"].Answer = context => context.Response.WriteAsJsonAsync(new { safe = true });
        await balancer["node2"].StopAsync();
        using HttpClient client = balancer.Client();

        string safe = await client.GetStringAsync("/_cluster/nodes/node1/safe-to-stop", Cancellation);
        using HttpResponseMessage dead = await client.GetAsync("/_cluster/nodes/node2/safe-to-stop", Cancellation);
        using HttpResponseMessage unknown = await client.GetAsync("/_cluster/nodes/x/safe-to-stop", Cancellation);

        Assert.Equal("{\"safe\":true}", safe);
        Assert.Equal(HttpStatusCode.Conflict, dead.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_frozen_node_is_not_called_down()
    {
        await using RawNode frozen = RawNode.Start("node1", RawNode.SilenceAsync);
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(frozen, NoProbes);
        await balancer["node2"].StopAsync();
        using HttpClient client = balancer.Client();

        using HttpResponseMessage silent = await client.GetAsync("/_cluster/nodes/node1/safe-to-stop", Cancellation);
        using HttpResponseMessage dead = await client.GetAsync("/_cluster/nodes/node2/safe-to-stop", Cancellation);

        Assert.Equal(HttpStatusCode.Conflict, silent.StatusCode);
        Assert.Contains(
            "does not answer", await silent.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Contains("is down", await dead.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> DrainAsync(BalancerUnderTest balancer, string node, string? key)
    {
        using HttpClient client = balancer.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/_cluster/nodes/{node}/drain");
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Operator-Key", key);
        }

        return await client.SendAsync(request, Cancellation);
    }
}
