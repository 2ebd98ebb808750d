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

    [Fact]
    public async Task A_cluster_is_a_store_as_well()
    {
        await using var store = new ClusterRedis();
        await store.StartAsync();
        await store.FormAsync();
        using var visitor = new SharedVisitor();

        await AssertServesAsync(store, visitor);
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
