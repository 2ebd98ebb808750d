using System.Diagnostics;
using System.Net;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Tests.AspNetCore;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>Mode shared against real stores: nodes that know nothing of each other, one session.</summary>
public sealed class SharedSessionTests
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <summary>Far more than at once, so that nobody takes a time-out for it.</summary>
    private static readonly TimeSpan LongCommitTimeout = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("garnet")]
    [InlineData("redis")]
    public async Task Any_node_serves_any_session_and_a_nodes_death_loses_nothing(string kind)
    {
        await using StoreUnderTest store = await StoreUnderTest.StartAsync(kind);
        await using SharedNode first = await SharedNode.StartAsync(store);
        await using SharedNode second = await SharedNode.StartAsync(store);
        using var visitor = new SharedVisitor();

        await visitor.GetStringAsync(first.AddressOf("/set/item/shoes"));
        await first.DisposeAsync();

        Assert.Equal("shoes", await visitor.GetStringAsync(second.AddressOf("/get/item")));
    }

    [Fact]
    public async Task An_application_without_the_middleware_is_told_once()
    {
        await using StoreUnderTest store = await StoreUnderTest.StartAsync("garnet");
        var logs = new RecordingLogs();
        await using SharedNode node = await SharedNode.StartAsync(
            store.ConnectionString, logs, LongCommitTimeout, usesReplication: false);
        using var visitor = new SharedVisitor();

        await visitor.GetStringAsync(node.AddressOf("/set/item/shoes"));
        await visitor.GetStringAsync(node.AddressOf("/get/item"));

        Assert.Single(logs.Entries, static entry => entry.Id.Name == "MiddlewareMissing");
    }

    [Theory]
    [InlineData("garnet")]
    [InlineData("redis")]
    public async Task A_store_that_is_away_is_a_503_at_once_and_heals_by_itself(string kind)
    {
        await using StoreUnderTest store = await StoreUnderTest.StartAsync(kind);
        await using SharedNode node = await SharedNode.StartAsync(store, LongCommitTimeout);
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(node.AddressOf("/set/item/shoes"));

        store.Stop();
        for (int attempt = 0; attempt < 3; attempt++)
        {
            long start = Stopwatch.GetTimestamp();
            using HttpResponseMessage refusal = await visitor.GetAsync(node.AddressOf("/get/item"));

            Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
            Assert.NotNull(refusal.Headers.RetryAfter);

            // Another node may still have a connection.
            Assert.True(refusal.Headers.Contains(ReplicationHeaders.NotExecuted));
            string reason = Assert.Single(refusal.Headers.GetValues(ReplicationHeaders.Reason));
            Assert.Equal("The session store cannot be reached.", reason);
            Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, AtOnce);
        }

        // The node lives, and says so; it is the store that does not.
        using HttpResponseMessage health = await visitor.GetAsync(node.AddressOf("/health"));
        Assert.Equal("Degraded", await health.Content.ReadAsStringAsync(Cancellation));

        await store.StartAsync();
        await visitor.UntilServedAsync(node.AddressOf("/set/item/boots"));
        Assert.Equal("boots", await visitor.GetStringAsync(node.AddressOf("/get/item")));
    }

    [Theory]
    [InlineData("garnet")]
    [InlineData("redis")]
    public async Task A_counter_that_many_requests_raise_at_once_counts_each_of_them(string kind)
    {
        const int Requests = 20;

        await using StoreUnderTest store = await StoreUnderTest.StartAsync(kind);
        await using SharedNode first = await SharedNode.StartAsync(store);
        await using SharedNode second = await SharedNode.StartAsync(store);
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(first.AddressOf("/set/count/0"));

        string[] seen = await Task.WhenAll(Enumerable.Range(0, Requests).Select(number =>
            visitor.GetStringAsync((number % 2 == 0 ? first : second).AddressOf("/raise"))));

        Assert.Equal(Requests, seen.Distinct().Count());
        Assert.Equal($"{Requests}", await visitor.GetStringAsync(first.AddressOf("/get/count")));
    }

    [Fact]
    public async Task A_node_starts_without_its_store_and_says_503()
    {
        await using StoreUnderTest store = StoreUnderTest.Of("garnet");
        await using SharedNode node = await SharedNode.StartAsync(store, TimeSpan.FromSeconds(1));
        using var visitor = new SharedVisitor();

        using HttpResponseMessage refusal = await visitor.GetAsync(node.AddressOf("/set/item/shoes"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
        await store.StartAsync();
        await visitor.UntilServedAsync(node.AddressOf("/set/item/shoes"));
    }

    [Fact]
    public async Task A_request_that_fails_changes_nothing()
    {
        await using StoreUnderTest store = await StoreUnderTest.StartAsync("garnet");
        await using SharedNode node = await SharedNode.StartAsync(store);
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(node.AddressOf("/set/item/shoes"));

        using HttpResponseMessage failure = await visitor.GetAsync(node.AddressOf("/fail/item/boots"));

        Assert.Equal(HttpStatusCode.InternalServerError, failure.StatusCode);
        Assert.Equal("shoes", await visitor.GetStringAsync(node.AddressOf("/get/item")));
    }
}
