using System.IO.Pipelines;
using System.Net.Http.Headers;
using SessionCluster.Balancer.Failover;

namespace SessionCluster.Tests.Balancer;

/// <summary>A body that is all here is sent in one piece; for what is missing nobody waits.</summary>
public sealed class WholeContentTests
{
    private static readonly byte[] Body = [.. Enumerable.Range(0, 5000).Select(static i => (byte)(i * 7))];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_body_that_is_here_is_written_at_once_under_the_headers_that_it_had()
    {
        await using var body = new ReplayableBody(new Pieces(Body, 1000), Body.Length, 65536);
        using HttpRequestMessage message = Message();

        Assert.True(WholeContent.TrySet(message, body));

        using var sent = new Writes();
        await message.Content!.CopyToAsync(sent, Cancellation);
        Assert.Equal(Body, Assert.Single(sent.All));
        Assert.Equal(Body.Length, message.Content.Headers.ContentLength);
        Assert.Equal(["text/plain; charset=utf-8"], message.Content.Headers.GetValues("Content-Type"));
        Assert.Equal(["de"], message.Content.Headers.GetValues("Content-Language"));
    }

    [Fact]
    public async Task Each_further_try_sends_the_same_again()
    {
        await using var body = new ReplayableBody(new Pieces(Body, 1000), Body.Length, 65536);
        for (int number = 1; number <= 3; number++)
        {
            using HttpRequestMessage message = Message();
            Assert.True(WholeContent.TrySet(message, body));
            Assert.Equal(Body, await message.Content!.ReadAsByteArrayAsync(Cancellation));
            body.Rewind();
        }
    }

    [Fact]
    public async Task What_is_still_to_come_is_not_waited_for_and_follows_what_has_come()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Body.AsMemory(0, 3000), Cancellation);
        await using var body = new ReplayableBody(pipe.Reader.AsStream(), Body.Length, 65536);
        using HttpRequestMessage message = Message();
        HttpContent? former = message.Content;

        Assert.False(WholeContent.TrySet(message, body));

        Assert.Same(former, message.Content);
        await pipe.Writer.WriteAsync(Body.AsMemory(3000), Cancellation);
        await pipe.Writer.CompleteAsync();
        using var read = new MemoryStream();
        await body.CopyToAsync(read, Cancellation);
        Assert.Equal(Body, read.ToArray());
    }

    [Theory]
    [InlineData(4999, 5000L)]
    [InlineData(65536, null)]
    public async Task What_is_too_long_or_of_unknown_length_is_not_touched(int limit, long? stated)
    {
        using var client = new Pieces(Body, 1000);
        await using var body = new ReplayableBody(client, stated, limit);
        using HttpRequestMessage message = Message();

        Assert.False(WholeContent.TrySet(message, body));
        Assert.Equal(0, client.Position);
    }

    [Fact]
    public async Task A_client_that_waits_for_the_node_s_wish_is_not_asked_for_its_body()
    {
        using var client = new Pieces(Body, 1000);
        await using var body = new ReplayableBody(client, Body.Length, 65536);
        using HttpRequestMessage message = Message();
        message.Headers.ExpectContinue = true;

        Assert.False(WholeContent.TrySet(message, body));
        Assert.Equal(0, client.Position);
    }

    private static HttpRequestMessage Message()
    {
        var content = new StreamContent(Stream.Null);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "utf-8");
        content.Headers.ContentLanguage.Add("de");
        content.Headers.ContentLength = Body.Length;
        return new HttpRequestMessage(HttpMethod.Post, "http://node1/") { Content = content };
    }

    /// <summary>A client's body that comes in pieces, each of which is here when it is asked for.</summary>
    private sealed class Pieces(byte[] all, int length) : MemoryStream(all, writable: false)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, length)], cancellationToken);
    }

    /// <summary>Keeps what is written, each write by itself.</summary>
    private sealed class Writes : MemoryStream
    {
        public List<byte[]> All { get; } = [];

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            All.Add(buffer[offset..(offset + count)]);
            return Task.CompletedTask;
        }
    }
}
