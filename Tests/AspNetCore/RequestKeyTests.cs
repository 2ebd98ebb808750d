using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>
/// A request that is sent again with its key is not executed again, whichever node it reaches. The session itself
/// counts.
/// </summary>
public sealed class RequestKeyTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly string _key = Guid.NewGuid().ToString("N");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_repeated_request_gets_the_recorded_answer_on_every_node(int node)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        using HttpResponseMessage first = await AddAsync(browser, 1);
        using HttpResponseMessage second = await AddAsync(browser, node);

        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal("1", Assert.Single(second.Headers.GetValues(ReplicationHeaders.Replayed)));
        Assert.False(first.Headers.Contains(ReplicationHeaders.Replayed));
        Assert.Equal("count is 1", await second.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("text/plain; charset=utf-8", second.Content.Headers.ContentType?.ToString());
        Assert.Equal("/here", second.Headers.Location?.ToString());
        Assert.Equal(["a=1; path=/", "b=2; path=/"], second.Headers.GetValues("Set-Cookie"));
        Assert.Equal("1", await browser.GetAsync(1, "/get/count"));
    }

    [Fact]
    public async Task The_answer_survives_the_node_that_gave_it()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        using HttpResponseMessage first = await AddAsync(browser, 1);
        await cluster.CrashAsync(1);
        using HttpResponseMessage second = await AddAsync(browser, 2);

        Assert.Equal("count is 1", await second.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("1", await browser.GetAsync(3, "/get/count"));
    }

    [Fact]
    public async Task A_request_whose_answer_was_lost_with_its_commit_under_way_is_executed_once()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, Map, Unhurried);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        Task held = cluster.Network.Hold<Replicated>();
        Task<HttpResponseMessage> lost = AddAsync(browser, 1);
        await held.WaitAsync(Patience, Cancellation);
        await cluster.CrashAsync(1);
        cluster.Network.Release();
        using HttpResponseMessage second = await AddAsync(browser, 2);

        Assert.Equal("count is 1", await second.Content.ReadAsStringAsync(Cancellation));
        Assert.True(second.Headers.Contains(ReplicationHeaders.Replayed));
        Assert.Equal("1", await browser.GetAsync(3, "/get/count"));
        using HttpResponseMessage refused = await lost;
        Assert.Equal("1", Assert.Single(refused.Headers.GetValues(ReplicationHeaders.OutcomeUnknown)));
    }

    [Theory]
    [InlineData("/long")]
    [InlineData("/in-parts")]
    public async Task An_answer_that_is_not_kept_is_replaced_by_409_and_still_not_executed(string path)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        using HttpResponseMessage first = await browser.SendAsync(1, HttpMethod.Post, path, key: _key);
        using HttpResponseMessage second = await browser.SendAsync(2, HttpMethod.Post, path, key: _key);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Contains("was executed", await second.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal("1", await browser.GetAsync(2, "/get/count"));
    }

    [Fact]
    public async Task The_latest_answers_are_kept_and_of_earlier_requests_that_they_were_executed()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        const int Keys = SessionState.YoungAnswersMaximum + 2;
        string[] keys = [.. Enumerable.Range(0, Keys).Select(static _ => Guid.NewGuid().ToString("N"))];
        foreach (string key in keys)
        {
            using HttpResponseMessage answer = await browser.Tab().SendAsync(1, HttpMethod.Post, "/add", key: key);
        }

        using HttpResponseMessage early = await browser.Tab().SendAsync(2, HttpMethod.Post, "/add", key: keys[1]);
        using HttpResponseMessage late = await browser.Tab().SendAsync(
            2, HttpMethod.Post, "/add", key: keys[^SessionState.AnswersMaximum]);

        Assert.Equal(HttpStatusCode.Conflict, early.StatusCode);
        Assert.Equal(
            $"count is {Keys - SessionState.AnswersMaximum + 1}", await late.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal($"{Keys}", await browser.GetAsync(2, "/get/count"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_repetition_that_comes_while_the_first_one_still_runs_takes_effect_once(int node)
    {
        var doors = new Doors();
        await using TestCluster cluster = await TestCluster.StartAsync(2, app => MapSlow(app, doors));
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        Task<HttpResponseMessage> first = browser.SendAsync(1, HttpMethod.Post, "/slow/1", key: _key);
        await doors.Entered.Task.WaitAsync(Patience, Cancellation);
        Task<HttpResponseMessage> second = browser.SendAsync(node, HttpMethod.Post, $"/slow/{node}", key: _key);
        if (node != 1)
        {
            // The other node cannot know that the first one runs. Both execute; one of the two changes is made.
            using HttpResponseMessage answer = await second.WaitAsync(Patience, Cancellation);
            Assert.Equal("node 2 made it 1", await answer.Content.ReadAsStringAsync(Cancellation));
        }

        doors.Leave.SetResult();
        using HttpResponseMessage late = await first.WaitAsync(Patience, Cancellation);
        using HttpResponseMessage other = await second.WaitAsync(Patience, Cancellation);
        Assert.Equal($"node {node} made it 1", await late.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(node == 1, other.Headers.Contains(ReplicationHeaders.Replayed));
        Assert.Equal("1", await browser.GetAsync(1, "/get/count"));
        Assert.Equal(node == 1 ? 1 : 2, doors.Runs);
    }

    [Theory]
    [InlineData("POST", null)]
    [InlineData("POST", "not a key")]
    [InlineData("POST", "{00112233-4455-6677-8899-aabbccddeeff}")]
    [InlineData("GET", "00112233445566778899aabbccddeeff")]
    public async Task Without_a_valid_key_each_request_is_executed(string method, string? key)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        for (int time = 0; time < 2; time++)
        {
            using HttpResponseMessage answer =
                await browser.Tab().SendAsync(1, new HttpMethod(method), "/add", key: key);
            Assert.False(answer.Headers.Contains(ReplicationHeaders.Replayed));
        }

        Assert.Equal("2", await browser.GetAsync(1, "/get/count"));
    }

    [Fact]
    public async Task A_stream_of_events_is_not_held_back()
    {
        var leave = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestCluster cluster = await TestCluster.StartAsync(1, app => app.MapPost("/events", async context =>
        {
            context.Session.SetString("item", "shoes");
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await leave.Task;
        }));
        using HttpResponseMessage response = await cluster.Browser()
            .SendAsync(1, HttpMethod.Post, "/events", HttpCompletionOption.ResponseHeadersRead, _key)
            .WaitAsync(Patience, Cancellation);
        Assert.True(response.IsSuccessStatusCode);
        leave.SetResult();
    }

    private static Dictionary<string, string?> Unhurried => new()
    {
        ["HolderPatience"] = "00:00:08",
        ["CommitTimeout"] = "00:00:10",
    };

    private Task<HttpResponseMessage> AddAsync(TestBrowser browser, int node)
    {
        // The page's own cookies are not this jar's business.
        TestBrowser tab = browser.Tab();
        return tab.SendAsync(node, HttpMethod.Post, "/add", key: _key);
    }

    private static int Count(HttpContext context)
    {
        int count = int.Parse(context.Session.GetString("count") ?? "0", null) + 1;
        context.Session.SetString("count", count.ToString((IFormatProvider?)null));
        return count;
    }

    private static void Map(WebApplication app)
    {
        SessionApp.Map(app);
        app.MapMethods("/add", ["GET", "POST"], async context =>
        {
            context.Response.StatusCode = StatusCodes.Status201Created;
            context.Response.ContentType = "text/plain; charset=utf-8";
            context.Response.Headers.Location = "/here";
            if (context.Request.Headers.ContainsKey("Session-Cluster-Request-Key"))
            {
                context.Response.Cookies.Append("a", "1");
                context.Response.Cookies.Append("b", "2");
            }

            // Written and flushed in parts, as serializers do.
            await context.Response.WriteAsync("count is ");
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync(Count(context).ToString((IFormatProvider?)null));
        });
        app.MapPost("/long", async context =>
        {
            Count(context);
            await context.Response.Body.WriteAsync(new byte[100_000]);
        });
        app.MapPost("/in-parts", async context =>
        {
            Count(context);
            await context.Session.CommitAsync();
            context.Session.SetString("late", "1");
        });
    }

    private static void MapSlow(WebApplication app, Doors doors)
    {
        SessionApp.Map(app);
        app.MapPost("/slow/{node}", async (HttpContext context, int node) =>
        {
            Interlocked.Increment(ref doors.Runs);
            if (node == 1)
            {
                doors.Entered.TrySetResult();
                await doors.Leave.Task;
            }

            return $"node {node} made it {Count(context)}";
        });
    }

    private sealed class Doors
    {
        public int Runs;

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Leave { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
