using System.Diagnostics;
using System.Net;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>Mode shared with a server that answers and takes no writes, as it is a replica or lacks its own.</summary>
public sealed class RefusingStoreTests
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <summary>Far more than at once, so that nobody takes a time-out for it.</summary>
    private static readonly TimeSpan LongCommitTimeout = TimeSpan.FromSeconds(20);

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
            long start = Stopwatch.GetTimestamp();
            using HttpResponseMessage refusal = await visitor.GetAsync(node.AddressOf("/set/item/socks"));

            Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
            Assert.NotNull(refusal.Headers.RetryAfter);
            Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, AtOnce);
        }

        await DoAsync(store, take);
        await visitor.UntilServedAsync(node.AddressOf("/get/item"));
        Assert.Equal("shoes", await visitor.GetStringAsync(node.AddressOf("/get/item")));
        await visitor.UntilServedAsync(node.AddressOf("/set/item/boots"));
        Assert.Equal("boots", await visitor.GetStringAsync(node.AddressOf("/get/item")));
    }

    private static async Task DoAsync(RedisUnderTest store, string line)
    {
        string[] words = line.Split(' ');
        await store.DoAsync(words[0], [.. words[1..]]);
    }
}
