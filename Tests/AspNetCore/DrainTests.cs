using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Replication.AspNetCore.Hosting;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>A node is taken out of service: nobody's request fails, nobody's session is lost.</summary>
public sealed class DrainTests
{
    private const string Key = "the key of an operator";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly Dictionary<string, string?> WithKey = new()
    {
        ["OperatorKey"] = Key,
        ["DrainTimeout"] = "00:01:00",
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Found by reading: such a process lingered for all of its time to drain, and its peers saw only silence.</summary>
    [Fact]
    public async Task Who_has_failed_ends_without_a_drain()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map, WithKey);
        await cluster[1].Loop.StopAsync();

        await cluster[1].App.StopAsync(Cancellation).WaitAsync(Patience, Cancellation);

        await TestCluster.UntilAsync(
            () => cluster[2].Loop.Snapshot is { IsReady: true, Members: 1 }, "the other one goes on without it");
    }

    [Fact]
    public async Task Running_requests_finish_and_new_ones_are_refused_unexecuted()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leave = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestCluster cluster = await TestCluster.StartAsync(
            3,
            app =>
            {
                SessionApp.Map(app);
                app.MapGet("/slow", async (HttpContext context) =>
                {
                    entered.SetResult();
                    await leave.Task;
                    context.Session.SetString("item", "boots");
                    return "done";
                });
            },
            WithKey);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        Task<string> running = browser.GetAsync(1, "/slow");
        await entered.Task.WaitAsync(Patience, Cancellation);

        using HttpResponseMessage accepted = await DrainAsync(cluster, 1, Key);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        using HttpResponseMessage refused = await browser.SendAsync(1, HttpMethod.Post, "/get/item");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("1", Assert.Single(refused.Headers.GetValues(ReplicationHeaders.NotExecuted)));
        await TestCluster.UntilAsync(
            () => cluster[1].Loop.Snapshot is { Primaries: 0, Backups: 0 }, "its sessions are handed over");
        Assert.False(cluster[1].Loop.Drained.IsCompleted, "It has left while a request ran.");

        leave.SetResult();
        Assert.Equal("done", await running.WaitAsync(Patience, Cancellation));
        await cluster[1].Loop.Drained.WaitAsync(Patience, Cancellation);
        Assert.Equal("boots", await browser.GetAsync(2, "/get/item"));
        using JsonDocument node = JsonDocument.Parse(await browser.GetAsync(1, "/_node"));
        Assert.Equal("drained", node.RootElement.GetProperty("status").GetString());
    }

    [Fact]
    public async Task What_comes_before_everybody_can_know_of_the_drain_is_still_served()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            2, SessionApp.Map, new(WithKey) { ["DrainNotice"] = "00:00:02" });
        TestBrowser browser = cluster.Browser();
        using HttpResponseMessage accepted = await DrainAsync(cluster, 1, Key);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        using HttpResponseMessage health = await browser.SendAsync(1, HttpMethod.Get, "/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        await browser.GetAsync(1, "/set/item/shoes");
        await TestCluster.UntilAsync(
            () => cluster[2].Logs.Entries.Any(static entry => entry.Id.Name == "MemberLeaving"),
            "the other node knows");
        Assert.Equal(1, (await cluster.CopiesAsync(1)).Count(static copy => copy.IsPrimary));

        await cluster[1].Loop.Drained.WaitAsync(Patience, Cancellation);
        using HttpResponseMessage refused = await browser.SendAsync(1, HttpMethod.Get, "/get/item");
        Assert.Equal("1", Assert.Single(refused.Headers.GetValues(ReplicationHeaders.NotExecuted)));
        Assert.Equal("shoes", await browser.GetAsync(2, "/get/item"));
    }

    [Theory]
    [InlineData(Key, null, HttpStatusCode.Unauthorized)]
    [InlineData(Key, "the key of an impostor", HttpStatusCode.Unauthorized)]
    [InlineData(null, Key, HttpStatusCode.NotFound)]
    public async Task Who_is_not_the_operator_cannot_drain(string? configured, string? presented, HttpStatusCode status)
    {
        await using TestCluster cluster =
            await TestCluster.StartAsync(1, SessionApp.Map, new() { ["OperatorKey"] = configured });
        using HttpResponseMessage response = await DrainAsync(cluster, 1, presented);
        Assert.Equal(status, response.StatusCode);
        await cluster.Browser().GetAsync(1, "/set/item/shoes");
    }

    [Fact]
    public async Task It_is_safe_to_stop_a_node_while_another_one_has_what_it_holds()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        string id = await browser.GetAsync(1, "/id");

        using JsonDocument both = await AskSafeAsync(browser, 1);
        await cluster.CrashAsync(2);
        await TestCluster.UntilAsync(() => cluster[1].Loop.Snapshot.Members == 1, "node2 is gone");
        using JsonDocument alone = await AskSafeAsync(browser, 1);

        Assert.True(both.RootElement.GetProperty("safe").GetBoolean());
        Assert.Equal(0, both.RootElement.GetProperty("wouldBeLost").GetInt32());
        Assert.False(alone.RootElement.GetProperty("safe").GetBoolean());
        Assert.Equal(1, alone.RootElement.GetProperty("wouldBeLost").GetInt32());
        Assert.Equal(id, alone.RootElement.GetProperty("sessions")[0].GetString());
    }

    [Fact]
    public async Task Whoever_has_the_only_copies_is_not_drained_but_serves_on()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map, WithKey);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        await cluster.CrashAsync(2);
        await TestCluster.UntilAsync(() => cluster[1].Loop.Snapshot.Members == 1, "node2 is gone");

        using HttpResponseMessage refused = await DrainAsync(cluster, 1, Key);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains(
            "Nobody is there", await refused.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal("shoes", await browser.GetAsync(1, "/get/item"));
        await cluster[1].App.StopAsync(Cancellation).WaitAsync(Patience, Cancellation);
        Assert.True(cluster[1].Loop.Drained.IsCompletedSuccessfully, "The process has not ended its drain.");
    }

    [Fact]
    public async Task A_drain_is_given_up_where_the_one_who_would_take_over_dies_meanwhile()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leave = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestCluster cluster = await TestCluster.StartAsync(
            2,
            app =>
            {
                SessionApp.Map(app);
                app.MapGet("/slow", async context =>
                {
                    entered.SetResult();
                    await leave.Task;
                });
            },
            WithKey);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        Task<string> running = browser.GetAsync(1, "/slow");
        await entered.Task.WaitAsync(Patience, Cancellation);

        // It dies while the session is on its way to it: a moment later it would have the only copy.
        Task handingOver = cluster.Network.Hold<HandOver>();
        using HttpResponseMessage accepted = await DrainAsync(cluster, 1, Key);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var drain = cluster[1].App.Services.GetRequiredService<NodeDrain>();
        await handingOver.WaitAsync(Patience, Cancellation);
        await cluster.CrashAsync(2);
        await TestCluster.UntilAsync(() => !drain.HasBegun && cluster[1].Loop.Snapshot.IsReady, "node1 serves on");
        leave.SetResult();
        await running.WaitAsync(Patience, Cancellation);
        Assert.Equal("shoes", await browser.GetAsync(1, "/get/item"));

        // What was given up can be asked for again, and is refused now.
        using HttpResponseMessage refused = await DrainAsync(cluster, 1, Key);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.False(cluster[1].Loop.Drained.IsCompleted, "It has left.");
    }

    [Fact]
    public async Task Two_that_are_drained_at_once_and_have_nobody_else_serve_on()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map, WithKey);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        HttpResponseMessage[] answers = await Task.WhenAll(DrainAsync(cluster, 1, Key), DrainAsync(cluster, 2, Key));
        NodeDrain[] drains =
            [.. Enumerable.Range(1, 2).Select(node => cluster[node].App.Services.GetRequiredService<NodeDrain>())];
        await TestCluster.UntilAsync(() => drains.Any(static drain => !drain.HasBegun), "one of them serves on");
        int serving = drains[0].HasBegun ? 2 : 1;
        Assert.Equal("shoes", await browser.GetAsync(serving, "/get/item"));
        Assert.All(answers, static answer => answer.Dispose());
    }

    private static async Task<JsonDocument> AskSafeAsync(TestBrowser browser, int node) =>
        JsonDocument.Parse(await browser.GetAsync(node, "/_node/safe-to-stop"));

    private static async Task<HttpResponseMessage> DrainAsync(TestCluster cluster, int node, string? key)
    {
        using HttpClient client = cluster[node].Server.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_node/drain");
        if (key is not null)
        {
            request.Headers.Add("Operator-Key", key);
        }

        return await client.SendAsync(request, Cancellation);
    }
}
