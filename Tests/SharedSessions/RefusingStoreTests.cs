using System.Diagnostics;
using System.Net;
using System.Text.Json;
using SessionCluster.Tests.AspNetCore;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>
/// A store that is there, and answers, and takes nothing: who watches a node sees that though nobody visits it.
/// </summary>
public sealed class RefusingStoreTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <summary>Far more than at once, so that nobody takes a time-out for it.</summary>
    private static readonly TimeSpan LongCommitTimeout = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("refuses (OOM)", "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0")]
    [InlineData("refuses (NOPERM)", "ACL SETUSER default -sadd", "ACL SETUSER default +sadd")]
    [InlineData("refuses (NOPERM)", "ACL SETUSER default -hmget", "ACL SETUSER default +hmget")]
    [InlineData("cannot be reached", "REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE")]
    public async Task Its_pages_and_its_health_say_so_while_it_lasts(string condition, string refuse, string mend)
    {
        await using var store = new RedisUnderTest();
        await store.StartAsync();
        var logs = new RecordingLogs();
        await using SharedNode node =
            await SharedNode.StartAsync(store.ConnectionString, logs, LongCommitTimeout);
        using var visitor = new SharedVisitor();
        Assert.Equal("answers", await ConditionAsync(visitor, node, isReady: true));
        Assert.Equal("Healthy", await visitor.GetStringAsync(node.AddressOf("/health")));

        await DoAsync(store, refuse);
        await Eventually.SeeAsync(
            condition, Patience, () => ConditionAsync(visitor, node, isReady: false), seen => seen == condition);
        Assert.Equal("Degraded", await visitor.GetStringAsync(node.AddressOf("/health")));

        await DoAsync(store, mend);
        await Eventually.SeeAsync(
            "a store that takes all again",
            Patience,
            () => ConditionAsync(visitor, node, isReady: true),
            static seen => seen == "answers");
        Assert.Equal("Healthy", await visitor.GetStringAsync(node.AddressOf("/health")));

        // A store that has just become a replica refuses by itself until the client knows that it is one.
        Assert.Single(
            logs.Entries,
            entry => entry.Id.Name == "StoreRefuses"
                && entry.Text.Contains($"The session store {condition} (", StringComparison.Ordinal));
        Assert.Single(logs.Entries, static entry => entry.Id.Name == "StoreServes");
    }

    /// <summary>What the client was told makes it refuse by itself what a session needs.</summary>
    [Theory]
    [InlineData("defaultDatabase=99", "/set/item/shoes")]
    [InlineData("$MULTI=", "/raise")]
    [InlineData("proxy=Envoyproxy", "/raise")]
    public async Task A_store_that_cannot_be_used_as_it_is_named_is_a_503_and_its_pages_say_so(
        string setting, string path)
    {
        await using var store = new RedisUnderTest();
        await store.StartAsync();
        var logs = new RecordingLogs();
        await using SharedNode node = await SharedNode.StartAsync($"{store.ConnectionString},{setting}", logs);
        using var visitor = new SharedVisitor();
        await Eventually.SeeAsync(
            "a store that cannot be used",
            Patience,
            () => ConditionAsync(visitor, node, isReady: false),
            static seen => seen == "cannot be used");
        Assert.Equal("Degraded", await visitor.GetStringAsync(node.AddressOf("/health")));

        // What needs no transaction may well be done.
        using HttpResponseMessage written = await visitor.GetAsync(node.AddressOf("/set/count/0"));
        using HttpResponseMessage refusal = await visitor.GetAsync(node.AddressOf(path));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
        Assert.NotNull(refusal.Headers.RetryAfter);
        Assert.Single(logs.Entries, static entry => entry.Id.Name == "StoreRefuses");
    }

    /// <summary>It has become a replica, or lacks one of its own.</summary>
    [Theory]
    [InlineData("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE")]
    [InlineData("CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0")]
    public async Task A_store_that_takes_no_writes_is_a_503_at_once_and_heals_by_itself(string refuse, string take)
    {
        await using var store = new RedisUnderTest();
        await store.StartAsync();
        await using SharedNode node = await SharedNode.StartAsync(store, LongCommitTimeout);
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(node.AddressOf("/set/item/shoes"));

        await DoAsync(store, refuse);
        for (int attempt = 0; attempt < 3; attempt++)
        {
            using var stranger = new SharedVisitor();
            await RefuseAsync(visitor, node, "/set/item/socks");
            await RefuseAsync(visitor, node, "/rotate");
            await RefuseAsync(visitor, node, "/destroy");
            await RefuseAsync(stranger, node, "/set/item/socks");
        }

        await DoAsync(store, take);
        await visitor.UntilServedAsync(node.AddressOf("/get/item"));
        Assert.Equal("shoes", await visitor.GetStringAsync(node.AddressOf("/get/item")));
        await visitor.UntilServedAsync(node.AddressOf("/set/item/boots"));
        Assert.Equal("boots", await visitor.GetStringAsync(node.AddressOf("/get/item")));
    }

    private static async Task RefuseAsync(SharedVisitor visitor, SharedNode node, string path)
    {
        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage refusal = await visitor.GetAsync(node.AddressOf(path));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
        Assert.NotNull(refusal.Headers.RetryAfter);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, AtOnce);
    }

    private static async Task DoAsync(RedisUnderTest store, string command)
    {
        string[] words = command.Split(' ');
        await store.DoAsync(words[0], [.. words[1..]]);
    }

    /// <summary>What the node says of its store; nothing where it is not as ready as it is to be.</summary>
    private static async Task<string?> ConditionAsync(SharedVisitor visitor, SharedNode node, bool isReady)
    {
        using JsonDocument said = JsonDocument.Parse(await visitor.GetStringAsync(node.AddressOf("/_node")));
        return said.RootElement.GetProperty("ready").GetBoolean() == isReady
            ? said.RootElement.GetProperty("store").GetString()
            : null;
    }
}
