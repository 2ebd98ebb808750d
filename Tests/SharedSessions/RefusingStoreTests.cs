using System.Text.Json;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>
/// A store that is there, and answers, and takes nothing: who watches a node sees that though nobody visits it.
/// </summary>
public sealed class RefusingStoreTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("refuses (OOM)", "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0")]
    [InlineData("refuses (NOPERM)", "ACL SETUSER default -sadd", "ACL SETUSER default +sadd")]
    public async Task Its_pages_and_its_health_say_so_while_it_lasts(string condition, string refuse, string mend)
    {
        await using var store = new RedisUnderTest();
        await store.StartAsync();
        await using SharedNode node = await SharedNode.StartAsync(store);
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
