using System.Net;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.AspNetCore;

public sealed class SessionTests
{
    [Fact]
    public async Task Every_node_serves_what_any_node_has_stored()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(4, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        for (int node = 1; node <= 4; node++)
        {
            Assert.Equal("shoes", await browser.GetAsync(node, "/get/item"));
        }
    }

    [Fact]
    public async Task The_session_survives_the_death_of_its_primary()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        await cluster.CrashAsync(1);
        await TestCluster.UntilAsync(() => cluster[2].Loop.Snapshot.Members == 2, "the death is known");
        Assert.Equal("shoes", await browser.GetAsync(2, "/get/item"));
        Assert.Equal("shoes", await browser.GetAsync(3, "/get/item"));
    }

    [Fact]
    public async Task A_cookie_is_given_only_to_a_session_that_holds_something()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/get/item");
        Assert.Null(browser.Cookie);
        await browser.GetAsync(1, "/set/item/shoes");
        Assert.NotNull(browser.Cookie);
    }

    [Fact]
    public async Task Parallel_requests_that_set_different_keys_lose_none()
    {
        const int Requests = 50;

        // Nobody is to be excluded for being slow: a request under way to it would be answered with 503.
        await using TestCluster cluster = await TestCluster.StartAsync(
            4, SessionApp.Map, new() { ["SuspectAfter"] = "00:00:10" });
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/first/x");
        await Task.WhenAll(Enumerable.Range(0, Requests).Select(number =>
            browser.GetAsync(1 + (number % 4), $"/set/key{number}/x")));
        string keys = await browser.GetAsync(2, "/keys");
        Assert.Equal(Requests + 1, keys.Split(' ').Length);
    }

    [Fact]
    public async Task Removed_and_cleared_keys_are_gone_everywhere()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        await browser.GetAsync(2, "/set/b/2");
        await browser.GetAsync(1, "/remove/a");
        Assert.Equal("b", await browser.GetAsync(2, "/keys"));
        await browser.GetAsync(1, "/clear");
        Assert.Equal("", await browser.GetAsync(2, "/keys"));
    }

    [Fact]
    public async Task A_request_that_only_reads_commits_nothing()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        CopyDescription before = Assert.Single(await cluster.CopiesAsync(1));
        await browser.GetAsync(1, "/get/a");
        CopyDescription after = Assert.Single(await cluster.CopiesAsync(1));
        Assert.Equal(before.Version, after.Version);
    }

    [Fact]
    public async Task The_identifier_is_the_same_on_all_nodes_and_is_not_what_the_cookie_holds()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        string id = await browser.GetAsync(1, "/id");
        Assert.Equal(64, id.Length);
        Assert.Equal(id, await browser.GetAsync(2, "/id"));
        Assert.Equal(id, Assert.Single(await cluster.CopiesAsync(1)).Session.ToString());
    }

    [Fact]
    public async Task The_route_names_the_holders()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        using HttpResponseMessage response = await browser.SendAsync(1, HttpMethod.Get, "/set/a/1");
        Assert.Equal("node1.node2", Assert.Single(response.Headers.GetValues(ReplicationHeaders.Route)));
    }

    [Theory]
    [InlineData("node1.node2", false)]
    [InlineData("node1.node3", true)]
    [InlineData("node1", true)]
    [InlineData("node2.node1", true)]
    public async Task The_route_is_left_out_where_the_request_names_it(string route, bool isStated)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        browser.Cookie += $"; SessionCluster.Route={route}";

        using HttpResponseMessage response = await browser.SendAsync(1, HttpMethod.Get, "/get/a");

        Assert.Equal("1", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(isStated, response.Headers.Contains(ReplicationHeaders.Route));
    }

    [Fact]
    public async Task A_request_that_fails_changes_nothing()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/before");
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => browser.SendAsync(1, HttpMethod.Get, "/fail/a/after"));
        Assert.Equal("before", await browser.GetAsync(1, "/get/a"));
    }

    [Fact]
    public async Task A_failed_first_request_gives_no_cookie()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await Assert.ThrowsAsync<InvalidOperationException>(() => browser.SendAsync(1, HttpMethod.Get, "/fail/a/x"));
        Assert.Empty(await cluster.CopiesAsync(1));
    }

    [Fact]
    public async Task Rotation_moves_the_values_and_kills_the_former_identifier_on_every_node()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        TestBrowser thief = cluster.Browser();
        thief.Cookie = browser.Cookie;
        string former = await browser.GetAsync(1, "/id");
        await browser.GetAsync(2, "/rotate");
        Assert.NotEqual(thief.Cookie, browser.Cookie);
        for (int node = 1; node <= 3; node++)
        {
            Assert.Equal("1", await browser.GetAsync(node, "/get/a"));
            Assert.Equal("(none)", await thief.GetAsync(node, "/get/a"));
        }

        Assert.NotEqual(former, await browser.GetAsync(3, "/id"));
    }

    [Fact]
    public async Task A_destroyed_session_is_gone_everywhere_and_its_cookie_with_it()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        await browser.GetAsync(2, "/destroy");
        Assert.Null(browser.Cookie);
        await TestCluster.UntilAsync(
            () => cluster[1].Loop.Snapshot is { Primaries: 0, Backups: 0 }, "node1 has dropped the session");
    }

    [Fact]
    public async Task The_key_of_a_session_that_has_ended_is_never_used_again()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        string? ended = browser.Cookie;
        await browser.GetAsync(1, "/destroy");
        browser.Cookie = ended;
        await browser.GetAsync(2, "/set/a/2");
        Assert.NotEqual(ended, browser.Cookie);
        Assert.Equal("2", await browser.GetAsync(1, "/get/a"));
    }

    [Fact]
    public async Task A_value_that_would_make_the_session_too_large_is_refused_clearly()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            1, SessionApp.Map, new() { ["MaximumSessionBytes"] = "1024" });
        TestBrowser browser = cluster.Browser();
        SessionTooLargeException refused = await Assert.ThrowsAsync<SessionTooLargeException>(
            () => browser.SendAsync(1, HttpMethod.Get, "/set/a/" + new string('x', 1100)));
        Assert.Contains("Replication:MaximumSessionBytes", refused.Message, StringComparison.Ordinal);
        Assert.Contains("1024", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_middleware_sessions_work_as_the_stock_ones_do_and_one_warning_says_so()
    {
        await using TestNode node = TestNode.Create(
            new MemoryNetwork(), TestCluster.Configure(1, 1), null, SessionApp.Map, useMiddleware: false);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await node.App.StartAsync(cancellation);
        await TestCluster.UntilAsync(() => node.Loop.Snapshot.IsReady, "the node is ready");
        using HttpClient client = node.Server.CreateClient();
        using HttpResponseMessage response = await client.GetAsync(new Uri("/set/a/1", UriKind.Relative), cancellation);
        client.DefaultRequestHeaders.Add("Cookie", response.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        Assert.Equal("1", await client.GetStringAsync(new Uri("/get/a", UriKind.Relative), cancellation));
        Assert.Equal("1", await client.GetStringAsync(new Uri("/get/a", UriKind.Relative), cancellation));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single(node.Logs.Entries, static entry => entry.Id.Name == "MiddlewareMissing");
    }
}
