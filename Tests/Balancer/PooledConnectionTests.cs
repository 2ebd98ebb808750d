using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SessionCluster.Tests.Balancer;

/// <summary>What the layers below the balancer do by themselves when a request is tried again.</summary>
public sealed class PooledConnectionTests
{
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// A connection of which nothing tells that its node has died serves one more request: its end comes in place of
    /// the answer. The client of the nodes would send some such requests again by itself, unseen by the balancer and
    /// with a body that has been read.
    /// </summary>
    [Theory]
    [InlineData("GET", 0)]
    [InlineData("POST", 0)]
    [InlineData("POST", 500)]
    [InlineData("POST", 1_000_000)]
    public async Task A_connection_that_ends_under_its_second_request_costs_one_try(string method, int bytes)
    {
        await using RawNode bad = RawNode.Start("node1", async (socket, cancellation) =>
        {
            await RawNode.Say("HTTP/1.1 200 OK\nContent-Length: 2\n\nok")(socket, cancellation);
            await socket.ReceiveAsync(new byte[1], cancellation);
        });
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(bad, NoProbes);
        balancer["node2"].Answer = CountBodyAsync;
        using HttpClient client = balancer.Client(withCookies: false);
        using HttpResponseMessage first = await client.SendAsync("GET", 0, "node1");
        Assert.Equal("ok", await first.Content.ReadAsStringAsync(Cancellation));

        using HttpResponseMessage second = await client.SendAsync(method, bytes, "node1");

        if (bytes > 64 * 1024)
        {
            Assert.Equal(HttpStatusCode.BadGateway, second.StatusCode);
        }
        else
        {
            Assert.Equal($"{bytes}", await second.Content.ReadAsStringAsync(Cancellation));
        }

        Assert.Single(bad.Heads);
        Assert.Equal(bytes > 64 * 1024 ? 0 : 1, balancer["node2"].Requests.Count);
    }

    /// <summary>The least rate of a body counts what the client sends, not how long nodes take over it.</summary>
    [Fact]
    public async Task A_body_that_waits_for_its_next_node_is_not_held_against_the_client()
    {
        await using RawNode bad = RawNode.Start("node1", async (socket, cancellation) =>
        {
            await socket.ReceiveAsync(new byte[1000], cancellation);
            await RawNode.ResetAsync(socket, cancellation);
        });
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(bad, NoProbes);
        MinDataRate strict = new(bytesPerSecond: 100_000, gracePeriod: TimeSpan.FromSeconds(1.01));
        balancer.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.MinRequestBodyDataRate =
            strict;
        balancer["node2"].Answer = async context =>
        {
            await Task.Delay(3 * strict.GracePeriod, context.RequestAborted);
            await CountBodyAsync(context);
        };
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("POST", 60_000, "node1");

        Assert.Equal("60000", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.StartsWith("HTTP/1.1 408 ", await AnswerToSlowClientAsync(balancer.Address), StringComparison.Ordinal);
    }

    /// <summary>The first line of the answer to a client that sends a part of its body and then no more.</summary>
    private static async Task<string?> AnswerToSlowClientAsync(Uri balancer)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(balancer.Host, balancer.Port, Cancellation);
        await using NetworkStream stream = socket.GetStream();
        await stream.WriteAsync(
            "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\npart"u8.ToArray(), Cancellation);
        using var answer = new StreamReader(stream);
        return await answer.ReadLineAsync(Cancellation);
    }

    private static async Task CountBodyAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        await context.Response.WriteAsync($"{body.Length}");
    }
}
