using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Tests.Balancer;

/// <summary>Requests that share a connection fail, and are tried again, as those that have one of their own.</summary>
public sealed class Http2ForwardingTests
{
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_requests_reach_their_node_by_one_connection()
    {
        await using var balancer = await BalancerUnderTest.StartWithHttp2Async(1, NoProbes);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int awaited = 20;
        var connections = new HashSet<string>();
        balancer["node1"].Answer = async context =>
        {
            lock (connections)
            {
                connections.Add(context.Connection.Id);
            }

            if (Interlocked.Decrement(ref awaited) == 0)
            {
                all.SetResult();
            }

            await all.Task.WaitAsync(TimeSpan.FromSeconds(20), context.RequestAborted);
            await context.Response.WriteAsync("together");
        };
        using HttpClient client = balancer.Client();

        string[] answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => client.GetStringAsync("/", Cancellation)));

        Assert.All(answers, static answer => Assert.Equal("together", answer));
        Assert.All(balancer["node1"].Requests, static request => Assert.Equal("HTTP/2", request.Protocol));
        Assert.Single(connections);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task A_connection_that_is_lost_costs_one_sending_for_each_try(string method)
    {
        await using var balancer = await BalancerUnderTest.StartWithHttp2Async(3, NoProbes);
        foreach (StubNode node in balancer.Nodes)
        {
            node.Answer = LoseConnection;
        }

        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync(method, 0, "node1");

        Assert.False(response.IsSuccessStatusCode);
        Assert.All(balancer.Nodes, static node => Assert.Single(node.Requests));
    }

    [Fact]
    public async Task What_may_have_been_executed_is_not_sent_again_where_nobody_could_know()
    {
        await using var balancer =
            await BalancerUnderTest.StartWithHttp2Async(2, NoProbes, "Balancer:Retry:UnknownOutcome=false");
        balancer["node1"].Answer = LoseConnection;
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("POST", 100, "node1");

        Assert.False(response.IsSuccessStatusCode);
        Assert.Single(balancer["node1"].Requests);
        Assert.Empty(balancer["node2"].Requests);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_asked_for_elsewhere()
    {
        await using var balancer = await BalancerUnderTest.StartWithHttp2Async(2, NoProbes);
        balancer["node1"].Answer = static async context =>
        {
            await context.Response.WriteAsync("half of");
            await context.Response.Body.FlushAsync();
            await LoseConnection(context);
        };
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("GET", 0, "node1");

        Assert.Equal("node2", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Who_listens_no_more_has_executed_nothing_and_is_forwarded_to_again_once_it_is_back()
    {
        await using var balancer = await BalancerUnderTest.StartWithHttp2Async(2, "Balancer:ProbeInterval=00:00:00.1");
        using HttpClient client = balancer.Client(withCookies: false);
        using HttpResponseMessage before = await client.SendAsync("POST", 10, "node1");
        await balancer["node1"].StopAsync();

        using HttpResponseMessage meanwhile = await client.SendAsync("POST", 10, "node1");

        await balancer["node1"].StartAgainAsync();
        await balancer.UntilAvailableAsync("node1", "node2");
        using HttpResponseMessage after = await client.SendAsync("POST", 10, "node1");
        Assert.Equal("node1", await before.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("node2", await meanwhile.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("node1", await after.Content.ReadAsStringAsync(Cancellation));
    }

    private static Task LoseConnection(HttpContext context)
    {
        context.Features.Get<IConnectionLifetimeFeature>()!.Abort();
        return Task.CompletedTask;
    }
}
