using System.Net;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>What a connection string of StackExchange.Redis can say beside an address.</summary>
[Collection(Trust)]
public sealed class ConnectionStringTests
{
    /// <summary>Whom the whole process trusts is changed here, so nobody else may look at it meanwhile.</summary>
    internal const string Trust = "whom the process trusts";

    /// <summary>Where the client's own documentation has an authority named that is not the machine's.</summary>
    private const string AuthorityVariable = "SERedis_IssuerCertPath";

    [Fact]
    public async Task A_store_behind_TLS_serves_whoever_trusts_its_certificate_and_nobody_else()
    {
        await using var store = new TlsRedis();
        await store.StartAsync();
        using var visitor = new SharedVisitor();
        await using (SharedNode distrustful = await SharedNode.StartAsync(store, TimeSpan.FromSeconds(1)))
        {
            using HttpResponseMessage refusal = await visitor.GetAsync(distrustful.AddressOf("/set/item/shoes"));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
        }

        Environment.SetEnvironmentVariable(AuthorityVariable, store.AuthorityPath);
        try
        {
            await AssertServesAsync(store, visitor);
        }
        finally
        {
            Environment.SetEnvironmentVariable(AuthorityVariable, null);
        }
    }

    /// <summary>A node is told of one of its servers, and finds the others.</summary>
    [Fact]
    public async Task A_cluster_is_a_store_as_well()
    {
        await using var first = new ClusterRedis();
        await using var second = new ClusterRedis();
        await using var third = new ClusterRedis();
        await Task.WhenAll(first.StartAsync(), second.StartAsync(), third.StartAsync());
        await ClusterRedis.FormAsync(first, second, third);

        // Enough of them for sessions and locks on each server.
        for (int number = 0; number < 8; number++)
        {
            using var visitor = new SharedVisitor();
            await AssertServesAsync(first, visitor);
        }
    }

    /// <summary>
    /// The client goes on asking the server that has become a replica. That one can send a command on, but not a step
    /// of several commands, as those are that end a session, or take it for one request.
    /// </summary>
    [Fact]
    public async Task A_cluster_whose_replica_takes_over_serves_on()
    {
        await using var leader = new ClusterRedis();
        await using var replica = new ClusterRedis();
        await Task.WhenAll(leader.StartAsync(), replica.StartAsync());
        await ClusterRedis.FormAsync(leader);
        await replica.FollowAsync(leader);
        await using SharedNode node = await SharedNode.StartAsync(leader);
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(node.AddressOf("/set/count/1"));
        Assert.Equal("2", await visitor.GetStringAsync(node.AddressOf("/raise")));

        await replica.TakeOverAsync();
        await visitor.UntilServedAsync(node.AddressOf("/raise"));
        Assert.Equal("3", await visitor.GetStringAsync(node.AddressOf("/get/count")));
        await visitor.GetStringAsync(node.AddressOf("/destroy"));
        Assert.Equal(0, await replica.CountSessionsAsync());
    }

    /// <summary>All that a node asks of a store: values, an exclusive session, another key, the end.</summary>
    private static async Task AssertServesAsync(StoreUnderTest store, SharedVisitor visitor)
    {
        await using SharedNode first = await SharedNode.StartAsync(store);
        await using SharedNode second = await SharedNode.StartAsync(store);
        await visitor.GetStringAsync(first.AddressOf("/set/count/1"));
        Assert.Equal("2", await visitor.GetStringAsync(second.AddressOf("/raise")));
        await visitor.GetStringAsync(first.AddressOf("/rotate"));
        Assert.Equal("2", await visitor.GetStringAsync(second.AddressOf("/get/count")));
        Assert.Equal(1, await store.CountSessionsAsync());
        await visitor.GetStringAsync(second.AddressOf("/destroy"));
        Assert.Equal(0, await store.CountSessionsAsync());
    }
}
