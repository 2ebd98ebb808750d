using System.IO.Pipelines;
using SessionCluster.Balancer.Failover;

namespace SessionCluster.Tests.Balancer;

public sealed class ReplayableBodyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 10)]
    [InlineData(9000, 65536)]
    public async Task A_short_body_is_read_twice(int length, int limit)
    {
        byte[] bytes = Bytes(length);
        foreach (long? stated in new long?[] { length, null })
        {
            await using var body = new ReplayableBody(new MemoryStream(bytes), stated, limit);

            Assert.Equal(bytes, await ReadAsync(body));
            Assert.True(body.CanReplay);
            body.Rewind();
            Assert.Equal(bytes, await ReadAsync(body));
        }
    }

    [Theory]
    [InlineData(11, 10)]
    [InlineData(1, 0)]
    [InlineData(100_000, 65536)]
    public async Task A_longer_body_passes_whole_and_once(int length, int limit)
    {
        byte[] bytes = Bytes(length);
        foreach (long? stated in new long?[] { length, null })
        {
            await using var body = new ReplayableBody(new MemoryStream(bytes), stated, limit);
            Assert.True(body.CanReplay);

            Assert.Equal(bytes, await ReadAsync(body));
            Assert.False(body.CanReplay);
        }
    }

    [Fact]
    public async Task A_read_that_a_failed_try_left_behind_serves_the_next_one()
    {
        var pipe = new Pipe();
        await using var body = new ReplayableBody(pipe.Reader.AsStream(), null, 100);
        await pipe.Writer.WriteAsync(new byte[] { 1, 2 }, Cancellation);
        byte[] buffer = new byte[10];
        Assert.Equal(2, await body.ReadAsync(buffer, Cancellation));

        using var abandoned = new CancellationTokenSource();
        ValueTask<int> left = body.ReadAsync(buffer, abandoned.Token);
        Assert.True(body.IsWaitingForClient);
        await abandoned.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await left);
        Assert.False(body.IsWaitingForClient);
        body.Rewind();
        await pipe.Writer.WriteAsync(new byte[] { 3 }, Cancellation);
        await pipe.Writer.CompleteAsync();

        Assert.Equal([1, 2, 3], await ReadAsync(body));
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];

    private static async Task<byte[]> ReadAsync(ReplayableBody body)
    {
        using var all = new MemoryStream();
        await body.CopyToAsync(all, Cancellation);
        return all.ToArray();
    }
}
