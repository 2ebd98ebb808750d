using System.Net;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Tests.Balancer;

/// <summary>Each row of the table that says what may be sent again, and what must be left behind.</summary>
public sealed class FailoverTests
{
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", 0)]
    [InlineData("POST", 0)]
    [InlineData("POST", 100)]
    [InlineData("POST", 1_000_000)]
    public async Task A_refused_connection_moves_any_request(string method, int bytes)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(3, NoProbes);
        await balancer["node1"].StopAsync();
        balancer["node2"].Answer = CountBodyAsync;
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync(method, bytes, "node1.node2");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"{bytes}", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.StartsWith("SessionCluster.Route=node2;", Assert.Single(response.Headers.GetValues("Set-Cookie")));
    }

    [Theory]
    [InlineData("GET", 0, false)]
    [InlineData("PUT", 500, false)]
    [InlineData("POST", 0, true)]
    [InlineData("POST", 500, true)]
    [InlineData("POST", 500, false)]
    public async Task A_request_that_may_have_been_executed_moves_with_its_key(string method, int bytes, bool byReset)
    {
        await using RawNode bad = RawNode.Start("node1", byReset ? RawNode.ResetAsync : RawNode.CloseAsync);
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(bad, NoProbes);
        balancer["node2"].Answer = CountBodyAsync;
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync(method, bytes, "node1");

        Assert.Equal($"{bytes}", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.True(balancer["node2"].Requests.TryDequeue(out RecordedRequest? second));
        Assert.Equal(method != "GET", second.Key is { Length: 32 });
        if (second.Key is not null)
        {
            Assert.Contains($"Session-Cluster-Request-Key: {second.Key}", bad.Heads.First(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    public async Task Before_nodes_that_know_no_keys_such_a_request_is_sent_once(int bytes)
    {
        await using RawNode bad = RawNode.Start("node1", RawNode.CloseAsync);
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(
            bad, NoProbes, "Balancer:Retry:UnknownOutcome=false");
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("POST", bytes, "node1");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("may or may not have been executed", await response.Content.ReadAsStringAsync(Cancellation),
            StringComparison.Ordinal);
        Assert.Single(bad.Heads);
        Assert.Empty(balancer["node2"].Requests);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_change_that_could_not_be_made_safe_is_not_called_a_lost_node()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1, NoProbes);
        balancer["node1"].Answer = static context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers["Session-Outcome-Unknown"] = "1";
            return Task.CompletedTask;
        };
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("POST", 10, "node1");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("was executed, but its change could not be made safe", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\nContent-Len")]
    [InlineData("HTTP/1.1 200 OK\nSet-Cookie: stale=1\nX-Stale: 1\nContent-Length: 10\n\n")]
    public async Task A_response_of_which_the_client_has_seen_nothing_is_asked_for_again(string torn)
    {
        await using RawNode bad = RawNode.Start("node1", RawNode.Say(torn));
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(bad, NoProbes);
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("GET", 0, "node1");

        Assert.Equal("node2", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.StartsWith("SessionCluster.Route=node2;", Assert.Single(response.Headers.GetValues("Set-Cookie")));
        Assert.False(response.Headers.Contains("X-Stale"));
    }

    [Fact]
    public async Task A_response_that_has_begun_is_never_asked_for_again()
    {
        await using RawNode bad = RawNode.Start("node1", RawNode.Say("HTTP/1.1 200 OK\nContent-Length: 100000\n\nabc"));
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(bad, NoProbes);
        using HttpClient client = balancer.Client(withCookies: false);

        await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync("GET", 0, "node1"));

        Assert.Empty(balancer["node2"].Requests);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_frozen_node_is_left_by_the_waiting_request_and_by_all_others(string method)
    {
        await using RawNode frozen = RawNode.Start("node1", RawNode.SilenceAsync);
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(
            frozen, NoProbes, "Balancer:Retry:Patience=00:00:00.2", "Balancer:Retry:AliveTimeout=00:00:00.1");
        using HttpClient client = balancer.Client(withCookies: false);
        await balancer.UntilAvailableAsync("node1", "node2");
        frozen.IsFrozen = true;

        using HttpResponseMessage response = await client.SendAsync(method, 100, "node1");

        Assert.Equal("node2", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(["node2"], balancer.Available());
    }

    [Fact]
    public async Task A_slow_node_is_waited_for()
    {
        await using RawNode slow = RawNode.Start("node1", async (socket, cancellation) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(700), cancellation);
            await RawNode.Say("HTTP/1.1 200 OK\nContent-Length: 4\n\nslow")(socket, cancellation);
        });
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(
            slow, NoProbes, "Balancer:Retry:Patience=00:00:00.1", "Balancer:Retry:AliveTimeout=00:00:05");
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("GET", 0, "node1");

        Assert.Equal("slow", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Empty(balancer["node2"].Requests);
    }

    [Fact]
    public async Task A_request_that_a_node_did_not_execute_moves_whatever_its_method()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, NoProbes);
        balancer["node1"].Answer = context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers["Session-Not-Executed"] = "1";
            context.Response.Headers["Session-Route"] = "node1";
            return context.Response.WriteAsync("draining");
        };
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("POST", 100, "node1");

        Assert.Equal("node2", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.StartsWith("SessionCluster.Route=node2;", Assert.Single(response.Headers.GetValues("Set-Cookie")));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(409)]
    public async Task An_error_that_the_application_answers_is_the_answer(int status)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, NoProbes);
        balancer["node1"].Answer = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("mine");
        };
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("POST", 100, "node1");

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("mine", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Empty(balancer["node2"].Requests);
    }

    [Fact]
    public async Task A_client_that_goes_away_is_nobody_s_failure()
    {
        var arrived = new TaskCompletionSource();
        await using RawNode silent = RawNode.Start("node1", async (socket, cancellation) =>
        {
            arrived.SetResult();
            await RawNode.SilenceAsync(socket, cancellation);
        });
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(silent, NoProbes);
        using HttpClient client = balancer.Client(withCookies: false);
        using var impatience = new CancellationTokenSource();
        Task<HttpResponseMessage> request = client.SendAsync("GET", 0, "node1", impatience.Token);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);

        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        Assert.Equal(["node1", "node2"], balancer.Available());
        Assert.Empty(balancer["node2"].Requests);
    }

    private static async Task CountBodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Assert.Equal(Enumerable.Range(0, (int)body.Length).Select(i => (byte)i), body.ToArray());
        await context.Response.WriteAsync($"{body.Length}");
    }
}
