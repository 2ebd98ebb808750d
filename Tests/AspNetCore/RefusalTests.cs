using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>What a client is told when its session cannot be served: never an empty session, never a success.</summary>
public sealed class RefusalTests
{
    private static readonly Dictionary<string, string?> Impatient = new()
    {
        ["CommitTimeout"] = "00:00:00.4",
        ["HolderPatience"] = "00:00:00.2",
        ["SuspectAfter"] = "00:00:00.5",
    };

    [Fact]
    public async Task A_node_without_a_majority_answers_503_before_the_application_runs()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, SessionApp.Map, Impatient);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        cluster.Network.Silence("node1");
        await TestCluster.UntilAsync(() => !cluster[1].Loop.Snapshot.IsReady, "node1 knows that it is alone");
        using HttpResponseMessage response = await browser.SendAsync(1, HttpMethod.Get, "/get/item");
        await AssertProblemAsync(response, HttpStatusCode.ServiceUnavailable);
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("Retry-After")));
        Assert.Equal("1", Assert.Single(response.Headers.GetValues(ReplicationHeaders.NotExecuted)));
        await TestCluster.UntilAsync(
            () => cluster[2].Loop.Snapshot is { Members: 2, IsReady: true }, "the others go on without it");
        Assert.Equal("shoes", await browser.GetAsync(2, "/get/item"));
    }

    [Theory]
    [InlineData("/change")]
    [InlineData("/change-and-flush")]
    [InlineData("/change-and-hide")]
    public async Task A_change_that_cannot_be_made_safe_answers_503_instead_of_the_page(string path)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, MapChanges, Impatient);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        string? cookie = browser.Cookie;
        _ = cluster.Network.Hold<Replicated>();
        cluster.Network.Silence("node1");
        using HttpResponseMessage response = await browser.SendAsync(1, HttpMethod.Get, path);
        await AssertProblemAsync(response, HttpStatusCode.ServiceUnavailable);
        Assert.False(response.Headers.Contains("X-Of-The-Page"));
        Assert.Equal(cookie, browser.Cookie);
    }

    [Fact]
    public async Task A_response_that_has_begun_is_cut_off_where_a_later_change_fails()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, MapChanges, Impatient);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        _ = cluster.Network.Hold<Replicated>();
        Task<HttpResponseMessage> asked =
            browser.SendAsync(1, HttpMethod.Get, "/late-change", HttpCompletionOption.ResponseHeadersRead);
        using HttpResponseMessage response = await asked;
        cluster.Network.Silence("node1");
        await Assert.ThrowsAnyAsync<Exception>(
            () => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_lost_session_is_replaced_once_and_the_client_is_told()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, SessionApp.Map);
        (TestBrowser browser, int last) = await LoseSessionAsync(cluster);
        string? former = browser.Cookie;
        using HttpResponseMessage response = await browser.SendAsync(last, HttpMethod.Get, "/set/item/boots");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("1", Assert.Single(response.Headers.GetValues(ReplicationHeaders.Lost)));
        Assert.NotEqual(former, browser.Cookie);
        using HttpResponseMessage next = await browser.SendAsync(last, HttpMethod.Get, "/get/item");
        Assert.False(next.Headers.Contains(ReplicationHeaders.Lost));
        Assert.Equal("boots", await next.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_lost_session_is_gone_where_the_policy_says_so()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            3, SessionApp.Map, new() { ["LostSessionPolicy"] = "gone" });
        (TestBrowser browser, int last) = await LoseSessionAsync(cluster);
        using HttpResponseMessage response = await browser.SendAsync(last, HttpMethod.Get, "/get/item");
        await AssertProblemAsync(response, HttpStatusCode.Gone);
        Assert.Null(browser.Cookie);
    }

    [Fact]
    public async Task A_change_of_a_session_that_another_request_has_ended_is_a_conflict()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leave = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestCluster cluster = await TestCluster.StartAsync(1, app =>
        {
            SessionApp.Map(app);
            app.MapGet("/slow", async (HttpContext context) =>
            {
                entered.SetResult();
                await leave.Task;
                context.Session.SetString("item", "boots");
            });
        });
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        TestBrowser tab = cluster.Browser();
        tab.Cookie = browser.Cookie;
        Task<HttpResponseMessage> slow = tab.SendAsync(1, HttpMethod.Get, "/slow");
        await entered.Task;
        await browser.GetAsync(1, "/destroy");
        leave.SetResult();
        using HttpResponseMessage response = await slow;
        await AssertProblemAsync(response, HttpStatusCode.Conflict);
        Assert.Empty(await cluster.CopiesAsync(1));
    }

    /// <summary>Kills both holders of a session at once.</summary>
    /// <returns>Its client, and the node that is left.</returns>
    private static async Task<(TestBrowser Browser, int Last)> LoseSessionAsync(TestCluster cluster)
    {
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        bool isOnSecond = (await cluster.CopiesAsync(2)).Length > 0;
        (int backup, int last) = isOnSecond ? (2, 3) : (3, 2);
        await cluster.CrashAsync(1, backup);
        await TestCluster.UntilAsync(
            () => cluster[last].Loop.Snapshot is { Members: 1, IsReady: true }, "it knows that it is the last one");
        return (browser, last);
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using JsonDocument problem = JsonDocument.Parse(body);
        Assert.Equal((int)status, problem.RootElement.GetProperty("status").GetInt32());
    }

    private static void MapChanges(WebApplication app)
    {
        SessionApp.Map(app);
        app.MapGet("/change", async (HttpContext context) =>
        {
            context.Session.SetString("item", "boots");
            context.Response.Headers["X-Of-The-Page"] = "1";
            await context.Response.Body.WriteAsync("the page"u8.ToArray());
        });
        app.MapGet("/change-and-flush", async (HttpContext context) =>
        {
            context.Session.SetString("item", "boots");
            context.Response.Headers["X-Of-The-Page"] = "1";
            await context.Response.WriteAsync("the page");
            await context.Response.Body.FlushAsync();
        });
        app.MapGet("/change-and-hide", async (HttpContext context) =>
        {
            try
            {
                context.Session.SetString("item", "boots");
                await context.Response.WriteAsync("the page");
            }
            catch (SessionReplicationException)
            {
                // An application that goes on as if nothing were.
                context.Response.Headers["X-Of-The-Page"] = "1";
            }
        });
        app.MapGet("/late-change", async (HttpContext context) =>
        {
            await context.Response.WriteAsync("the page begins");
            context.Session.SetString("item", "boots");
        });
    }
}
