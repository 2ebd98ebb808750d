using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>Requests that read, compute and write one key, several at once, on all nodes.</summary>
public sealed class ExclusiveSessionTests
{
    private static readonly Dictionary<string, string?> Patient = new() { ["SuspectAfter"] = "00:00:10" };

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_counter_that_many_requests_raise_at_once_counts_each_of_them(int nodes)
    {
        const int Requests = 40;
        await using TestCluster cluster = await TestCluster.StartAsync(nodes, MapCounter, Patient);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/count/0");
        string[] seen = await Task.WhenAll(Enumerable.Range(0, Requests).Select(
            number => browser.Tab().GetAsync(1 + (number % nodes), "/raise")));
        Assert.Equal($"{Requests}", await browser.GetAsync(1, "/get/count"));
        Assert.Equal(Requests, seen.Distinct().Count());
    }

    [Fact]
    public async Task Who_does_not_ask_for_it_is_not_held_up()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, MapCounter, Patient);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/count/0");
        using Held held = await HoldAsync(browser.Tab(), 1);
        await browser.GetAsync(1, "/set/other/x");
        Assert.Equal("x", await browser.GetAsync(1, "/get/other"));
        held.Leave.TrySetResult();
        await held.Response;
        Assert.Equal("count other", await browser.GetAsync(1, "/keys"));
    }

    [Fact]
    public async Task Another_node_takes_the_session_over_only_when_it_is_released()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, MapCounter, Patient);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/count/0");
        using Held held = await HoldAsync(browser.Tab(), 1);
        Task asked = cluster.Network.Hold<TakeOver>();
        Task<string> elsewhere = browser.Tab().GetAsync(2, "/raise");
        await asked;
        cluster.Network.Release();
        held.Leave.TrySetResult();
        using HttpResponseMessage response = await held.Response;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("2", await elsewhere);
    }

    [Fact]
    public async Task Who_waits_too_long_is_refused_and_has_not_run()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            1, MapCounter, new() { ["CommitTimeout"] = "00:00:00.4", ["HolderPatience"] = "00:00:00.2" });
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/count/0");
        using Held held = await HoldAsync(browser.Tab(), 1);
        using HttpResponseMessage refused = await browser.Tab().SendAsync(1, HttpMethod.Get, "/raise");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("1", Assert.Single(refused.Headers.GetValues(ReplicationHeaders.NotExecuted)));
        held.Leave.TrySetResult();
        using HttpResponseMessage response = await held.Response;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        // Where the machine stood still for longer than the time-out, the commit was refused as one that rests on old
        // values.
        bool isCommitted = await held.Committed.Task is null;
        Assert.Equal(isCommitted ? "2" : "1", await browser.GetAsync(1, "/raise"));
    }

    [Fact]
    public async Task A_client_that_disconnects_releases_it_and_its_handler_changes_nothing_any_more()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, MapCounter, Patient);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/count/0");
        using var gone = new CancellationTokenSource();
        using Held held = await HoldAsync(new TestBrowser(cluster) { Cookie = browser.Cookie, Gone = gone.Token }, 1);
        await gone.CancelAsync();
        Assert.Equal("1", await browser.GetAsync(1, "/raise"));
        held.Leave.TrySetResult();
        Assert.IsType<SessionReplicationException>(await held.Committed.Task);
        await Assert.ThrowsAnyAsync<Exception>(() => held.Response);
        Assert.Equal("2", await browser.GetAsync(1, "/raise"));
    }

    [Fact]
    public async Task A_key_can_be_changed_by_who_holds_the_session()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, MapCounter, Patient);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/count/0");
        string id = await browser.GetAsync(1, "/id");
        await browser.GetAsync(2, "/raise-and-rotate");
        Assert.NotEqual(id, await browser.GetAsync(1, "/id"));
        Assert.Equal("2", await browser.GetAsync(1, "/raise"));
    }

    private static async Task<Held> HoldAsync(TestBrowser browser, int node)
    {
        string name = Guid.NewGuid().ToString("N");
        var held = new Held();
        Assert.True(Held.All.TryAdd(name, held));
        held.Response = browser.SendAsync(node, HttpMethod.Get, $"/raise-slowly/{name}");
        await held.Entered.Task;
        return held;
    }

    private static void MapCounter(WebApplication app)
    {
        SessionApp.Map(app);
        app.MapGet("/raise-and-rotate", async (HttpContext context) =>
        {
            await context.RotateIdAsync();
            return SessionApp.Raise(context);
        }).RequireExclusiveSession();
        app.MapGet("/raise-slowly/{name}", [ExclusiveSession] async (HttpContext context, string name) =>
        {
            Held held = Held.All[name];
            int count = SessionApp.CountOf(context);
            held.Entered.SetResult();
            await held.Leave.Task;
            held.Committed.SetResult(await Record.ExceptionAsync(() =>
            {
                context.Session.SetString("count", $"{count + 1}");
                return context.Session.CommitAsync();
            }));
        });
    }

    /// <summary>A request that holds the session until the test lets it go, or has failed.</summary>
    private sealed class Held : IDisposable
    {
        public static ConcurrentDictionary<string, Held> All { get; } = new();

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Leave { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>What came of its commit: nothing, where it succeeded.</summary>
        public TaskCompletionSource<Exception?> Committed { get; } = new(
            TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<HttpResponseMessage> Response { get; set; } = null!;

        public void Dispose() => Leave.TrySetResult();
    }
}
