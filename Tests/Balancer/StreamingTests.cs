using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Tests.Balancer;

/// <summary>What flows rather than comes in one piece.</summary>
public sealed class StreamingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_body_longer_than_the_buffer_flows_while_it_is_sent()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        var arrived = new TaskCompletionSource();
        balancer["node1"].Answer = async context =>
        {
            await context.Request.Body.ReadExactlyAsync(new byte[1000]);
            arrived.SetResult();
            var rest = new MemoryStream();
            await context.Request.Body.CopyToAsync(rest);
            await context.Response.WriteAsync($"{1000 + rest.Length}");
        };
        var pipe = new Pipe();
        using HttpClient client = balancer.Client();
        var content = new StreamContent(pipe.Reader.AsStream());
        Task<HttpResponseMessage> response = client.PostAsync("/", content, Cancellation);

        // More than the clients on the way hold back to fill a packet.
        await pipe.Writer.WriteAsync(new byte[70_000], Cancellation);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        await pipe.Writer.WriteAsync(new byte[1_000_000], Cancellation);
        await pipe.Writer.CompleteAsync();

        Assert.Equal("1070000", await (await response).Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_long_body_of_which_a_part_was_sent_is_not_sent_again()
    {
        await using RawNode bad = RawNode.Start("node1", async (socket, cancellation) =>
        {
            await socket.ReceiveAsync(new byte[1000], cancellation);
            await RawNode.ResetAsync(socket, cancellation);
        });
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(bad, "Balancer:ProbeInterval=00:01:00");
        using HttpClient client = balancer.Client();

        using HttpResponseMessage response =
            await client.PostAsync("/", new ByteArrayContent(new byte[1_000_000]), Cancellation);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Empty(balancer["node2"].Requests);
    }

    [Fact]
    public async Task A_body_that_the_client_has_half_sent_goes_whole_to_the_next_node()
    {
        var reset = new TaskCompletionSource();
        await using RawNode bad = RawNode.Start("node1", async (socket, cancellation) =>
        {
            await socket.ReceiveAsync(new byte[1000], cancellation);
            await RawNode.ResetAsync(socket, cancellation);
            reset.SetResult();
        });
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(bad, "Balancer:ProbeInterval=00:01:00");
        balancer["node2"].Answer = async context =>
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            await context.Response.WriteAsync($"{body.Length}");
        };
        var pipe = new Pipe();
        using HttpClient client = balancer.Client(withCookies: false);
        client.DefaultRequestHeaders.Add("Cookie", "session=somebody");
        var content = new StreamContent(pipe.Reader.AsStream());
        Task<HttpResponseMessage> response = client.PostAsync("/", content, Cancellation);

        await pipe.Writer.WriteAsync(new byte[30_000], Cancellation);
        await reset.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        await pipe.Writer.WriteAsync(new byte[30_000], Cancellation);
        await pipe.Writer.CompleteAsync();

        Assert.Equal("60000", await (await response).Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_WebSocket_passes_through(bool byHttp2)
    {
        await using var balancer =
            await (byHttp2 ? BalancerUnderTest.StartWithHttp2Async(1) : BalancerUnderTest.StartAsync(1));
        balancer["node1"].Answer = async context =>
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            byte[] buffer = new byte[100];
            WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, CancellationToken.None);
            await socket.SendAsync(buffer.AsMemory(0, received.Count), WebSocketMessageType.Text, true, default);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
        };
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new UriBuilder(balancer.Address) { Scheme = "ws" }.Uri, Cancellation);

        await client.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, Cancellation);
        byte[] buffer = new byte[100];
        WebSocketReceiveResult echo = await client.ReceiveAsync(buffer, Cancellation);

        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, echo.Count));
        Assert.Equal(WebSocketMessageType.Close, (await client.ReceiveAsync(buffer, Cancellation)).MessageType);
    }

    [Fact]
    public async Task Server_sent_events_arrive_one_by_one()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        using var next = new SemaphoreSlim(0);
        balancer["node1"].Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (int i = 0; i < 3; i++)
            {
                await context.Response.WriteAsync($"data: {i}\n\n");
                await context.Response.Body.FlushAsync();
                await next.WaitAsync(TimeSpan.FromSeconds(20));
            }
        };
        using HttpClient client = balancer.Client();
        using var events = new StreamReader(await client.GetStreamAsync("/", Cancellation));

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal($"data: {i}", await events.ReadLineAsync(Cancellation));
            Assert.Equal("", await events.ReadLineAsync(Cancellation));
            next.Release();
        }

        Assert.Null(await events.ReadLineAsync(Cancellation));
    }
}
