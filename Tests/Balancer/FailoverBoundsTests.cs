using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SessionCluster.Balancer.Failover;

namespace SessionCluster.Tests.Balancer;

/// <summary>How much is tried, and what happens when it is of no use or not wanted.</summary>
public sealed class FailoverBoundsTests
{
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";

    [Fact]
    public async Task Two_further_tries_are_the_most()
    {
        await using RawNode one = RawNode.Start("node1", RawNode.CloseAsync);
        await using RawNode two = RawNode.Start("node2", RawNode.CloseAsync);
        await using RawNode three = RawNode.Start("node3", RawNode.CloseAsync);
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(
            [await StubNode.StartAsync("node4")], [one, two, three], NoProbes);
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("PUT", 1, "node1");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        Assert.Equal(3, one.Heads.Count + two.Heads.Count + three.Heads.Count);
        Assert.Empty(balancer["node4"].Requests);
    }

    [Fact]
    public async Task In_a_total_outage_the_answer_is_503_soon_and_the_load_is_bounded()
    {
        RawNode[] nodes = [.. Enumerable.Range(1, 3).Select(i => RawNode.Start($"node{i}", RawNode.CloseAsync))];
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(
            [], nodes, NoProbes, "Balancer:Retry:BudgetPerSecond=1", "Balancer:Retry:BudgetPercent=10");
        using HttpClient client = balancer.Client(withCookies: false);
        long began = Stopwatch.GetTimestamp();

        HttpResponseMessage[] responses = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(_ => client.SendAsync("PUT", 10, "node1")));

        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Assert.All(responses, response => Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode));
        int further = nodes.Sum(node => node.Heads.Count) - 100;
        Assert.InRange(further, 10, 10 + 10 + Math.Ceiling(seconds));
        Assert.InRange(seconds, 0, 20);
        foreach (RawNode node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_try_for_which_no_node_is_left_costs_nothing()
    {
        await using RawNode only = RawNode.Start("node1", RawNode.CloseAsync);
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(
            [], [only], NoProbes, "Balancer:Retry:BudgetPerSecond=1", "Balancer:Retry:BudgetPercent=0");
        using HttpClient client = balancer.Client(withCookies: false);

        for (int i = 0; i < 20; i++)
        {
            using HttpResponseMessage failed = await client.SendAsync("PUT", 10, "node1");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        }

        RetryBudget budget = balancer.Services.GetRequiredService<RetryBudget>();
        Assert.All(Enumerable.Range(0, 10), _ => Assert.True(budget.TrySpend()));
    }

    [Fact]
    public async Task Each_node_that_refuses_is_left_also_where_one_request_meets_them_all()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(3, NoProbes);
        await balancer.UntilAvailableAsync("node1", "node2", "node3");
        await balancer["node1"].StopAsync();
        await balancer["node2"].StopAsync();
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("POST", 10, "node1.node2");

        // The route names both, so both were tried.
        Assert.Equal("node3", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["node3"], balancer.Available());
    }

    [Fact]
    public async Task Without_failover_the_client_sees_the_failure_and_the_node_stays_until_a_probe_fails()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, NoProbes, "Balancer:Failover=false");
        await balancer.UntilAvailableAsync("node1", "node2");
        await balancer["node1"].StopAsync();
        using HttpClient client = balancer.Client(withCookies: false);

        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage failed = await client.SendAsync("GET", 0, "node1.node2");
            Assert.Equal(HttpStatusCode.BadGateway, failed.StatusCode);
        }

        using HttpResponseMessage served = await client.SendAsync("POST", 10, "node2");
        Assert.True(balancer["node2"].Requests.TryDequeue(out RecordedRequest? request));
        Assert.Null(request.Key);
    }
}
