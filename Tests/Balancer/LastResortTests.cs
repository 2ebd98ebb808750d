using System.Net;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Tests.Balancer;

/// <summary>
/// A client gets no error as long as a node lives that has not been asked, whatever the last probes said.
/// </summary>
public sealed class LastResortTests
{
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_node_that_is_back_and_was_not_probed_yet_is_asked_when_no_other_is_left(string method)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, NoProbes);
        await LeaveAsync(balancer, "node1");
        await balancer["node1"].StartAgainAsync();
        balancer["node2"].Answer = DrainingAsync;
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync(method, 0, "node2");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("node1", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task One_that_was_found_unready_is_asked_before_one_that_is_proven_dead()
    {
        StubNode[] nodes = await Task.WhenAll(Enumerable.Range(1, 3).Select(i => StubNode.StartAsync($"node{i}")));
        nodes[2].IsReady = false;
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(
            nodes, [], NoProbes, "Balancer:Retry:FurtherTries=1");
        await balancer.UntilAvailableAsync("node1", "node2");
        await LeaveAsync(balancer, "node2");
        balancer["node1"].Answer = DrainingAsync;
        using HttpClient client = balancer.Client(withCookies: false);

        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage response = await client.SendAsync("POST", 10, "node1.node2");
            Assert.Equal("node3", await response.Content.ReadAsStringAsync(Cancellation));
        }
    }

    [Fact]
    public async Task Nobody_is_asked_twice_for_one_request()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, NoProbes, "Balancer:Retry:FurtherTries=5");
        balancer["node1"].Answer = balancer["node2"].Answer = DrainingAsync;
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("POST", 10, "node1");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Single(balancer["node1"].Requests);
        Assert.Single(balancer["node2"].Requests);
    }

    [Theory]
    [InlineData("application/json", "application/problem+json", "{\"title\":\"No node could answer")]
    [InlineData("text/html", "text/plain", "No node could answer")]
    public async Task A_refusal_of_the_balancer_is_in_the_form_that_is_asked_for(
        string accepted, string mediaType, string beginning)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1, NoProbes);
        balancer["node1"].Answer = DrainingAsync;
        using HttpClient client = balancer.Client(withCookies: false);
        client.DefaultRequestHeaders.Accept.ParseAdd(accepted);

        using HttpResponseMessage response = await client.GetAsync("/", Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(mediaType, response.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith(beginning, await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_is_shown_as_up_when_it_gets_requests_again_and_not_before()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, NoProbes);
        await LeaveAsync(balancer, "node1");
        await balancer["node1"].StartAgainAsync();
        using HttpClient client = balancer.Client(withCookies: false);

        string page = await client.GetStringAsync("/_cluster", Cancellation);

        Assert.Contains("1 of 2 nodes up", page, StringComparison.Ordinal);
        Assert.Contains("node1  unready", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_executes_a_request_the_client_is_told_what_the_nodes_say_of_that()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(3);
        foreach (StubNode node in balancer.Nodes)
        {
            node.Answer = context =>
            {
                context.Response.Headers["Session-Cluster-Reason"] = "The session store cannot be reached.";
                return DrainingAsync(context);
            };
        }

        using HttpClient client = balancer.Client(withCookies: false);
        using HttpResponseMessage response = await client.SendAsync("POST", 100, "node1");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.False(response.Headers.Contains("Session-Cluster-Reason"));
        Assert.Equal(
            "The session store cannot be reached. Please try again.\n",
            await response.Content.ReadAsStringAsync(Cancellation));
        Assert.All(balancer.Nodes, node => Assert.Single(node.Requests));
    }

    /// <summary>The node ends, and the balancer learns of it by a request.</summary>
    private static async Task LeaveAsync(BalancerUnderTest balancer, string node)
    {
        await balancer.UntilAvailableAsync([.. balancer.Available().Append(node).Distinct().Order()]);
        await balancer[node].StopAsync();
        using HttpClient client = balancer.Client(withCookies: false);
        using HttpResponseMessage moved = await client.SendAsync("GET", 0, node);
        Assert.Equal(HttpStatusCode.OK, moved.StatusCode);
        Assert.DoesNotContain(node, balancer.Available());
    }

    private static Task DrainingAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers["Session-Not-Executed"] = "1";
        return Task.CompletedTask;
    }
}
