using System.Diagnostics;
using System.Net;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>A store that stands still: its connections stand, so that nobody is told that it is away.</summary>
public sealed class SilentStoreTests
{
    private static readonly TimeSpan CommitTimeout = TimeSpan.FromSeconds(3);

    /// <summary>The client looks for what has waited too long four times a second; the rest is a busy machine's.</summary>
    private static readonly TimeSpan Bound = CommitTimeout + TimeSpan.FromSeconds(0.25 + 1.5);
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

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

    private static async Task<(TimeSpan Waited, bool HasCookie)> RefusedAsync(Task<HttpResponseMessage> request)
    {
        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage refusal = await request;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
        Assert.NotNull(refusal.Headers.RetryAfter);
        return (Stopwatch.GetElapsedTime(start), refusal.Headers.Contains("Set-Cookie"));
    }
}
