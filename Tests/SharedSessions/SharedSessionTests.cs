using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Tests.AspNetCore;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>Mode shared against real stores: nodes that know nothing of each other, one session.</summary>
public sealed class SharedSessionTests
{
    /// <summary>More than any time-out of a node, far less than a hang.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan HealingPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("garnet")]
    [InlineData("redis")]
    public async Task Any_node_serves_any_session_and_a_nodes_death_loses_nothing(string kind)
    {
        await using StoreUnderTest store = StoreUnderTest.Of(kind);
        await store.StartAsync();
        await using WebApplication first = await StartNodeAsync("node1", store);
        await using WebApplication second = await StartNodeAsync("node2", store);
        using HttpClient visitor = NewVisitor();

        await visitor.GetStringAsync(AddressOf(first, "/set/item/shoes"), Cancellation);
        await first.StopAsync(Cancellation);

        Assert.Equal("shoes", await visitor.GetStringAsync(AddressOf(second, "/get/item"), Cancellation));
    }

    [Theory]
    [InlineData("garnet")]
    [InlineData("redis")]
    public async Task A_store_that_is_away_is_a_503_at_once_and_heals_by_itself(string kind)
    {
        await using StoreUnderTest store = StoreUnderTest.Of(kind);
        await store.StartAsync();
        await using WebApplication node = await StartNodeAsync("node1", store);
        using HttpClient visitor = NewVisitor();
        await visitor.GetStringAsync(AddressOf(node, "/set/item/shoes"), Cancellation);

        store.Stop();
        for (int attempt = 0; attempt < 3; attempt++)
        {
            long start = Stopwatch.GetTimestamp();
            using HttpResponseMessage refusal = await visitor.GetAsync(AddressOf(node, "/get/item"), Cancellation);

            Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
            Assert.NotNull(refusal.Headers.RetryAfter);
            Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, AtOnce);
        }

        // The node lives, and says so; it is the store that does not.
        using HttpResponseMessage health = await visitor.GetAsync(AddressOf(node, "/health"), Cancellation);
        Assert.Equal("Degraded", await health.Content.ReadAsStringAsync(Cancellation));

        await store.StartAsync();
        await UntilServedAsync(visitor, AddressOf(node, "/set/item/boots"));
        Assert.Equal("boots", await visitor.GetStringAsync(AddressOf(node, "/get/item"), Cancellation));
    }

    [Theory]
    [InlineData("garnet")]
    [InlineData("redis")]
    public async Task A_counter_that_many_requests_raise_at_once_counts_each_of_them(string kind)
    {
        const int Requests = 20;

        // Who waits is not served in the order of coming, and a busy machine is not what is tested.
        TimeSpan patience = TimeSpan.FromSeconds(20);
        await using StoreUnderTest store = StoreUnderTest.Of(kind);
        await store.StartAsync();
        await using WebApplication first = await StartNodeAsync("node1", store, patience);
        await using WebApplication second = await StartNodeAsync("node2", store, patience);
        using HttpClient visitor = NewVisitor();
        await visitor.GetStringAsync(AddressOf(first, "/set/count/0"), Cancellation);

        string[] seen = await Task.WhenAll(Enumerable.Range(0, Requests).Select(number =>
            visitor.GetStringAsync(AddressOf(number % 2 == 0 ? first : second, "/raise"), Cancellation)));

        Assert.Equal(Requests, seen.Distinct().Count());
        Assert.Equal($"{Requests}", await visitor.GetStringAsync(AddressOf(first, "/get/count"), Cancellation));
    }

    [Fact]
    public async Task A_node_starts_without_its_store_and_says_503()
    {
        await using StoreUnderTest store = StoreUnderTest.Of("garnet");
        await using WebApplication node = await StartNodeAsync("node1", store);
        using HttpClient visitor = NewVisitor();

        using HttpResponseMessage refusal = await visitor.GetAsync(AddressOf(node, "/set/item/shoes"), Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
        await store.StartAsync();
        await UntilServedAsync(visitor, AddressOf(node, "/set/item/shoes"));
    }

    [Fact]
    public async Task A_request_that_fails_changes_nothing()
    {
        await using StoreUnderTest store = StoreUnderTest.Of("garnet");
        await store.StartAsync();
        await using WebApplication node = await StartNodeAsync("node1", store);
        using HttpClient visitor = NewVisitor();
        await visitor.GetStringAsync(AddressOf(node, "/set/item/shoes"), Cancellation);

        using HttpResponseMessage failure = await visitor.GetAsync(AddressOf(node, "/fail/item/boots"), Cancellation);

        Assert.Equal(HttpStatusCode.InternalServerError, failure.StatusCode);
        Assert.Equal("shoes", await visitor.GetStringAsync(AddressOf(node, "/get/item"), Cancellation));
    }

    private static HttpClient NewVisitor() => new(new SocketsHttpHandler { CookieContainer = new CookieContainer() });

    private static Uri AddressOf(WebApplication node, string path) => new(node.Urls.First() + path);

    private static async Task<WebApplication> StartNodeAsync(
        string name, StoreUnderTest store, TimeSpan? commitTimeout = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddSessionReplication(options =>
        {
            options.Node = name;
            options.Secret = TestCluster.Secret;
            options.Mode = ReplicationMode.Shared;
            options.CommitTimeout = commitTimeout ?? options.CommitTimeout;
            options.Store = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{store.Port}");
        });
        WebApplication app = builder.Build();
        app.UseSession();
        app.UseSessionReplication();
        app.MapHealthChecks("/health");
        app.MapSessionReplication();
        SessionApp.Map(app);
        await app.StartAsync(Cancellation);
        return app;
    }

    private static async Task UntilServedAsync(HttpClient visitor, Uri address)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            using HttpResponseMessage answer = await visitor.GetAsync(address, Cancellation);
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < HealingPatience, "The node does not find its store again.");
            await Task.Delay(Interval, Cancellation);
        }
    }
}
