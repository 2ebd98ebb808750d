using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Tests.Balancer;

/// <summary>A node that freezes when its response has begun is left as soon as one that freezes before.</summary>
public sealed class FrozenResponseTests
{
    private const string Head = "HTTP/1.1 200 OK\nContent-Length: 10\n";
    private const string Chunk = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc";
    private const string LongHead = "HTTP/1.1 200 OK\nContent-Length: 100000\n";
    private static readonly TimeSpan MuchLessThanTheActivityTimeout = TimeSpan.FromSeconds(20);

    private static readonly string[] Impatient =
    [
        "Balancer:ProbeInterval=00:01:00",
        "Balancer:Retry:Patience=00:00:00.2",
        "Balancer:Retry:AliveTimeout=00:00:00.1",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", Head, HttpStatusCode.OK)]
    [InlineData("POST", Head + "Session-Outcome-Recorded: 1\n", HttpStatusCode.OK)]
    [InlineData("POST", Head, HttpStatusCode.BadGateway)]
    [InlineData("GET", Head + "\nabc", HttpStatusCode.OK)]
    [InlineData("GET", Chunk, HttpStatusCode.OK)]
    [InlineData("POST", Chunk, HttpStatusCode.BadGateway)]
    public async Task Where_the_client_has_nothing_yet_the_request_moves_by_the_same_rules(
        string method, string head, HttpStatusCode status)
    {
        RawNode? node = null;
        node = RawNode.Start(
            "node1", (socket, cancellation) => FreezeAfterAsync(node!, head + "\n", socket, cancellation));
        await using RawNode frozen = node;
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(frozen, Impatient);
        await balancer.UntilAvailableAsync("node1", "node2");
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync(method, 10, "node1")
            .WaitAsync(MuchLessThanTheActivityTimeout, Cancellation);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK ? 1 : 0, balancer["node2"].Requests.Count);
        Assert.Equal(["node2"], balancer.Available());
    }

    [Fact]
    public async Task Where_the_client_has_a_part_its_connection_ends()
    {
        RawNode? node = null;
        node = RawNode.Start(
            "node1", (socket, cancellation) => FreezeAfterAsync(node!, LongHead + "\nabc", socket, cancellation));
        await using RawNode frozen = node;
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(frozen, Impatient);
        await balancer.UntilAvailableAsync("node1", "node2");
        using HttpClient client = balancer.Client(withCookies: false);

        await Assert.ThrowsAsync<HttpRequestException>(
            () => client.SendAsync("GET", 0, "node1").WaitAsync(MuchLessThanTheActivityTimeout, Cancellation));

        Assert.Empty(balancer["node2"].Requests);
        await balancer.UntilAvailableAsync("node2");
    }

    [Fact]
    public async Task A_response_that_rests_is_waited_for_while_its_node_lives()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(
            2, Impatient[0], Impatient[1], "Balancer:Retry:AliveTimeout=00:00:05");
        balancer["node1"].Answer = static async context =>
        {
            await context.Response.StartAsync();
            await context.Response.WriteAsync("first");
            await Task.Delay(TimeSpan.FromSeconds(1), context.RequestAborted);
            await context.Response.WriteAsync(", second");
        };
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("GET", 0, "node1");

        Assert.Equal("first, second", await response.Content.ReadAsStringAsync(Cancellation));
    }

    private static async Task FreezeAfterAsync(RawNode node, string said, Socket socket, CancellationToken cancellation)
    {
        node.IsFrozen = true;
        await RawNode.Say(said)(socket, cancellation);
        await RawNode.SilenceAsync(socket, cancellation);
    }
}
