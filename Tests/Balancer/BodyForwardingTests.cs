using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Tests.Balancer;

/// <summary>However a client sends a body, its node reads the same.</summary>
public sealed class BodyForwardingTests
{
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, 100, 100)]
    [InlineData(true, 100, 100)]
    [InlineData(false, 60_000, 60_000)]
    [InlineData(true, 60_000, 60_000)]
    [InlineData(true, 200_000, 200_000)]
    [InlineData(false, 100, 40)]
    [InlineData(true, 100, 40)]
    [InlineData(true, 100, 0)]
    public async Task A_node_reads_what_came_with_the_head_and_what_follows_later(bool byHttp2, int length, int atOnce)
    {
        await using BalancerUnderTest balancer = byHttp2
            ? await BalancerUnderTest.StartWithHttp2Async(1, NoProbes)
            : await BalancerUnderTest.StartAsync(1, NoProbes);
        byte[] body = [.. Enumerable.Range(0, length).Select(static i => (byte)(i * 7))];
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var read = new TaskCompletionSource<(byte[] Body, string? Type)>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        balancer["node1"].Answer = async context =>
        {
            begun.SetResult();
            using var all = new MemoryStream();
            await context.Request.Body.CopyToAsync(all, context.RequestAborted);
            read.SetResult((all.ToArray(), context.Request.ContentType));
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        };
        using var client = new TcpClient(balancer.Address.Host, balancer.Address.Port);
        NetworkStream stream = client.GetStream();
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: {length}\r\n\r\n");

        await stream.WriteAsync(
            (byte[])[.. Encoding.ASCII.GetBytes(head), .. body.AsSpan(0, atOnce)], Cancellation);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        await stream.WriteAsync(body.AsMemory(atOnce), Cancellation);

        (byte[] Body, string? Type) got = await read.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.Equal(body, got.Body);
        Assert.Equal("text/csv", got.Type);
        byte[] status = new byte["HTTP/1.1 204".Length];
        await stream.ReadExactlyAsync(status, Cancellation);
        Assert.Equal("HTTP/1.1 204", Encoding.ASCII.GetString(status));
    }
}
