using System.Net;

namespace SessionCluster.Tests.Balancer;

public sealed class StickinessTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_of_one_client_reach_the_same_node()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(4);
        using HttpClient client = balancer.Client();

        var served = new HashSet<string>();
        for (int i = 0; i < 8; i++)
        {
            served.Add(await client.GetStringAsync("/", Cancellation));
        }

        Assert.Single(served);
    }

    [Fact]
    public async Task Four_clients_without_cookies_use_four_nodes_in_turn()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(4);
        var served = new List<string>();
        for (int i = 0; i < 8; i++)
        {
            using HttpClient client = balancer.Client();
            served.Add(await client.GetStringAsync("/", Cancellation));
            Assert.Equal(served[^1], await client.GetStringAsync("/again", Cancellation));
        }

        Assert.Equal(["node1", "node2", "node3", "node4", "node1", "node2", "node3", "node4"], served);
    }

    [Fact]
    public async Task The_cookie_is_out_of_reach_of_scripts_and_other_sites()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        using HttpClient client = balancer.Client(withCookies: false);

        HttpResponseMessage response = await client.GetAsync("/", Cancellation);

        Assert.Equal(
            "SessionCluster.Route=node1; path=/; samesite=lax; httponly",
            Assert.Single(response.Headers.GetValues("Set-Cookie")));
    }

    [Theory]
    [InlineData("node9")]
    [InlineData("node1.node2.node3")]
    [InlineData("....")]
    [InlineData("%00%0d%0aSet-Cookie:x=y")]
    [InlineData("http://evil.example/")]
    public async Task A_cookie_that_names_no_node_of_ours_is_as_none(string forged)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2);
        using HttpClient client = balancer.Client(withCookies: false);

        HttpResponseMessage response = await SendAsync(client, forged);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("SessionCluster.Route=node", Assert.Single(response.Headers.GetValues("Set-Cookie")));
    }

    /// <summary>A node that was started again may listen elsewhere; its name is what the cookie knows.</summary>
    [Fact]
    public async Task A_route_outlives_the_addresses_of_its_nodes()
    {
        await using var before = await BalancerUnderTest.StartAsync(3);
        await using var after = await BalancerUnderTest.StartAsync(3);
        Assert.Empty(before.Nodes.Select(node => node.Address).Intersect(after.Nodes.Select(node => node.Address)));
        using HttpClient there = before.Client(withCookies: false);
        using HttpClient here = after.Client(withCookies: false);

        foreach (StubNode node in before.Nodes)
        {
            Assert.Equal(node.Name, await BodyAsync(await SendAsync(there, node.Name)));
            HttpResponseMessage response = await SendAsync(here, node.Name);
            Assert.Equal(node.Name, await BodyAsync(response));
            Assert.False(response.Headers.Contains("Set-Cookie"));
        }
    }

    [Fact]
    public async Task The_route_goes_to_the_primary_and_then_to_the_backup()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(4);
        using HttpClient client = balancer.Client(withCookies: false);
        Assert.Equal("node3", await BodyAsync(await SendAsync(client, "node3.node2")));

        await balancer["node3"].StopAsync();
        await balancer.UntilAvailableAsync("node1", "node2", "node4");

        HttpResponseMessage response = await SendAsync(client, "node3.node2");
        Assert.Equal("node2", await BodyAsync(response));
        Assert.StartsWith("SessionCluster.Route=node2;", Assert.Single(response.Headers.GetValues("Set-Cookie")));
    }

    [Fact]
    public async Task The_route_that_the_node_states_becomes_the_cookie_and_the_header_stays_inside()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(4);
        balancer["node4"].Answer = context =>
        {
            context.Response.Headers["Session-Route"] = "node4.node3";
            context.Response.Headers["Session-Cluster-Anything"] = "internal";
            return Task.CompletedTask;
        };
        using HttpClient client = balancer.Client(withCookies: false);

        HttpResponseMessage changed = await SendAsync(client, "node4.node1");
        HttpResponseMessage unchanged = await SendAsync(client, "node4.node3");

        Assert.StartsWith("SessionCluster.Route=node4.node3;", Assert.Single(changed.Headers.GetValues("Set-Cookie")));
        Assert.False(unchanged.Headers.Contains("Set-Cookie"));
        Assert.DoesNotContain(changed.Headers, header => header.Key.StartsWith("Session-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_cannot_speak_the_cluster_s_internal_headers()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        using HttpClient client = balancer.Client();
        client.DefaultRequestHeaders.Add("session-route", "node1.node1");
        client.DefaultRequestHeaders.Add("SESSION-Cluster-Request-Key", "mine");
        client.DefaultRequestHeaders.Add("X-Kept", "yes");

        await client.GetStringAsync("/", Cancellation);

        Assert.True(balancer["node1"].Requests.TryDequeue(out RecordedRequest? request));
        Assert.Equal("yes", request.Headers["X-Kept"]);
        Assert.DoesNotContain(request.Headers, header => header.Value == "mine" || header.Value == "node1.node1");
    }

    [Theory]
    [InlineData("/_node")]
    [InlineData("/_node/")]
    [InlineData("/_NODE/sessions")]
    [InlineData("/%5Fnode/drain")]
    [InlineData("/_cluster/unheard-of")]
    public async Task What_is_the_cluster_s_own_is_not_forwarded(string path)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        using HttpClient client = balancer.Client();

        HttpResponseMessage response = await client.PostAsync(path, null, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(balancer["node1"].Requests);
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string route)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("Cookie", $"SessionCluster.Route={route}");
        return client.SendAsync(request, Cancellation);
    }

    private static Task<string> BodyAsync(HttpResponseMessage response) =>
        response.Content.ReadAsStringAsync(Cancellation);
}
