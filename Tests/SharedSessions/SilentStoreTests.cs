using System.Diagnostics;
using System.Net;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Tests.AspNetCore;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>A store that stands still: its connections stand, so that nobody is told that it is away.</summary>
public sealed class SilentStoreTests
{
    private static readonly TimeSpan CommitTimeout = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The client looks for what has waited too long four times a second; the rest is a busy machine's.
    /// </summary>
    private static readonly TimeSpan Bound = CommitTimeout + TimeSpan.FromSeconds(0.25 + 1.5);
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <summary>Much less than a lock's lease of 30 s.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task It_costs_one_time_out_and_then_503_at_once_and_nothing_is_lost()
    {
        using var gate = new Gate();
        await using var store = new RedisUnderTest();
        await store.StartAsync();
        await using SharedNode node = await SharedNode.StartAsync(store, CommitTimeout, gate.Map);
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(node.AddressOf("/set/item/shoes"));
        Task<HttpResponseMessage> underWay = visitor.GetAsync(node.AddressOf("/late/rotate"));
        await gate.UntilReachedAsync();
        await using Pause silence = await store.FreezeAsync();
        gate.Open();

        (TimeSpan first, bool hasCookie) = await RefusedAsync(underWay);
        Assert.InRange(first, CommitTimeout / 2, Bound);
        Assert.False(hasCookie);
        foreach (string path in (string[])["/get/item", "/set/item/boots", "/raise", "/get/item"])
        {
            (TimeSpan next, _) = await RefusedAsync(visitor.GetAsync(node.AddressOf(path)));
            Assert.InRange(next, TimeSpan.Zero, AtOnce);
        }

        using HttpResponseMessage health = await visitor.GetAsync(node.AddressOf("/health"));
        Assert.Equal("Degraded", await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        await silence.EndAsync();
        await visitor.UntilServedAsync(node.AddressOf("/get/item"));
        Assert.Equal("shoes", await visitor.GetStringAsync(node.AddressOf("/get/item")));
        Assert.Equal(1, await store.CountSessionsAsync());
    }

    [Fact]
    public async Task Who_waits_when_it_becomes_known_waits_no_longer()
    {
        await using var store = new RedisUnderTest();
        await store.StartAsync();
        var logs = new RecordingLogs();
        await using SharedNode node = await SharedNode.StartAsync(store.ConnectionString, logs, CommitTimeout);
        SharedVisitor[] visitors = [.. Enumerable.Range(0, 20).Select(_ => new SharedVisitor())];
        await Task.WhenAll(visitors.Select(visitor => visitor.GetStringAsync(node.AddressOf("/set/item/shoes"))));
        await using Pause silence = await store.FreezeAsync();
        Task<(TimeSpan Waited, bool HasCookie)> first =
            RefusedAsync(visitors[0].GetAsync(node.AddressOf("/get/item")));

        // The others' own time ends so much later.
        await Task.Delay(CommitTimeout * 0.6, TestContext.Current.CancellationToken);
        Task others = Task.WhenAll(visitors[1..].Select((visitor, place) => RefusedAsync(
            visitor.GetAsync(node.AddressOf(place % 2 == 0 ? "/get/item" : "/set/item/boots")))));
        Assert.False(first.IsCompleted);

        await first;
        await others.WaitAsync(CommitTimeout * 0.3, TestContext.Current.CancellationToken);
        Assert.Equal(["RefusalsBegan"], RefusalsSaid(logs));

        await silence.EndAsync();
        await visitors[0].UntilServedAsync(node.AddressOf("/get/item"));
        await Eventually.SeeAsync(
            "requests that are served again", Soon, () => visitors[0].GetStringAsync(node.AddressOf("/get/item")),
            _ => RefusalsSaid(logs).Length == 2);
        Assert.Equal(["RefusalsBegan", "RefusalsEnded"], RefusalsSaid(logs));
        Array.ForEach(visitors, static visitor => visitor.Dispose());
    }

    [Fact]
    public async Task A_node_that_nobody_asks_learns_of_it_as_well()
    {
        await using var store = new RedisUnderTest();
        await store.StartAsync();
        await using SharedNode node = await SharedNode.StartAsync(store, TimeSpan.FromSeconds(1));
        using var visitor = new SharedVisitor();
        Assert.Equal("Healthy", await visitor.GetStringAsync(node.AddressOf("/health")));

        await using Pause silence = await store.FreezeAsync();
        await Eventually.SeeAsync(
            "a node that knows", Soon, () => visitor.GetStringAsync(node.AddressOf("/health")),
            health => health == "Degraded");
        (TimeSpan waited, _) = await RefusedAsync(visitor.GetAsync(node.AddressOf("/set/item/shoes")));
        Assert.InRange(waited, TimeSpan.Zero, TimeSpan.FromSeconds(0.5));

        await silence.EndAsync();
        await visitor.UntilServedAsync(node.AddressOf("/set/item/shoes"));
    }

    /// <summary>
    /// Who waited in vain for another request of the same session is not sent to other nodes, to wait there as well.
    /// </summary>
    [Fact]
    public async Task A_session_that_another_request_has_for_itself_all_the_time_is_no_more_free_elsewhere()
    {
        using var gate = new Gate();
        await using StoreUnderTest store = await StoreUnderTest.StartAsync("garnet");
        await using SharedNode node = await SharedNode.StartAsync(store, TimeSpan.FromSeconds(1), gate.Map);
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(node.AddressOf("/set/count/0"));
        Task<HttpResponseMessage> having = visitor.GetAsync(node.AddressOf("/late/raise"));
        await gate.UntilReachedAsync();

        using HttpResponseMessage refusal = await visitor.GetAsync(node.AddressOf("/raise"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
        Assert.False(refusal.Headers.Contains(ReplicationHeaders.NotExecuted));

        gate.Open();
        using HttpResponseMessage raised = await having;
        Assert.Equal("2", await visitor.GetStringAsync(node.AddressOf("/raise")));
    }

    /// <summary>
    /// One request has its session for itself when the store stands still, one has asked for it just then, and others
    /// come and go all the time.
    /// </summary>
    [Fact]
    public async Task What_had_its_session_for_itself_gives_it_back_when_the_store_wakes()
    {
        var commitTimeout = TimeSpan.FromSeconds(1);
        using var gate = new Gate();
        using var load = new CancellationTokenSource();
        await using var store = new RedisUnderTest();
        await store.StartAsync();
        await using SharedNode node = await SharedNode.StartAsync(store, commitTimeout, gate.Map);
        SharedVisitor[] visitors = [.. Enumerable.Range(0, 16).Select(_ => new SharedVisitor())];
        await Task.WhenAll(visitors.Select(visitor => visitor.GetStringAsync(node.AddressOf("/set/count/0"))));
        Task<HttpResponseMessage> having = visitors[0].GetAsync(node.AddressOf("/late/raise"));
        await gate.UntilReachedAsync();
        Task[] others = [.. visitors[2..].Select(visitor => RaiseUntilAsync(visitor, node, load.Token))];

        await using (Pause silence = await store.FreezeAsync())
        {
            Task<HttpResponseMessage> asking = visitors[1].GetAsync(node.AddressOf("/raise"));
            gate.Open();
            await RefusedAsync(having);
            await RefusedAsync(asking);

            // So long that whatever is tried only once has been.
            await Task.Delay(2 * commitTimeout, TestContext.Current.CancellationToken);
        }

        await load.CancelAsync();
        await Task.WhenAll(others);
        await Eventually.SeeAsync(
            "no session that a request has for itself", Soon, store.CountLocksAsync, locks => locks == 0);
        foreach (SharedVisitor visitor in visitors)
        {
            await visitor.UntilServedAsync(node.AddressOf("/raise"));
            visitor.Dispose();
        }
    }

    private static async Task RaiseUntilAsync(SharedVisitor visitor, SharedNode node, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            using HttpResponseMessage answer = await visitor.GetAsync(node.AddressOf("/raise"));
            await Task.Delay(TimeSpan.FromMilliseconds(5), CancellationToken.None);
        }
    }

    private static string[] RefusalsSaid(RecordingLogs logs) =>
    [
        .. logs.Entries.Where(static entry => entry.Id.Id is 209 or 216 or 217).Select(static entry => entry.Id.Name!),
    ];

    private static async Task<(TimeSpan Waited, bool HasCookie)> RefusedAsync(Task<HttpResponseMessage> request)
    {
        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage refusal = await request;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
        Assert.NotNull(refusal.Headers.RetryAfter);

        // Another node would wait for the same store.
        Assert.False(refusal.Headers.Contains(ReplicationHeaders.NotExecuted));
        string text = await refusal.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("The session store does not answer.", text, StringComparison.Ordinal);
        return (Stopwatch.GetElapsedTime(start), refusal.Headers.Contains("Set-Cookie"));
    }
}
