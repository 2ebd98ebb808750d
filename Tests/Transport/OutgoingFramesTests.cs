using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.Transport;

public sealed class OutgoingFramesTests
{
    private const int Writers = 2;
    private const int MessagesOfOne = 400_000;

    /// <summary>
    /// A write that ended just when the next one began closed the link's own end to all that came after: the peer heard
    /// nothing for three seconds, and what was committed meanwhile was answered with 503. It took a core that was busy.
    /// </summary>
    [Fact]
    public async Task A_write_that_ends_while_the_next_one_begins_leaves_the_link_open()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var sealer = new FrameSealer(new byte[FrameFormat.KeyBytes]);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var metrics = new LinkMetrics(
            new TransportMetrics(services.GetRequiredService<IMeterFactory>()), new NodeId("node2"));
        Exception? failure = null;
        using var frames = new OutgoingFrames(
            pipe.Writer, sealer, long.MaxValue, metrics, exception => failure = exception);
        frames.Open();
        Task<long> received = CountBytesAsync(pipe.Reader);

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(() => Send(frames))));
        await frames.CloseAsync();
        await pipe.Writer.CompleteAsync();

        Assert.Null(failure);
        Assert.Equal((long)Writers * MessagesOfOne * LengthOfOne(), await received);
    }

    private static HeartbeatAcknowledged Message => new(1, default);

    private static void Send(OutgoingFrames frames)
    {
        for (int sent = 0; sent < MessagesOfOne; sent++)
        {
            frames.TryEnqueue(Message);
            frames.Flush();
        }
    }

    private static int LengthOfOne()
    {
        var bytes = new ArrayBufferWriter<byte>();
        MessageCodec.Write(Message, bytes);
        return bytes.WrittenCount;
    }

    /// <returns>How many bytes the frames carried, what frames add left out.</returns>
    private static async Task<long> CountBytesAsync(PipeReader reader)
    {
        long carried = 0;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(TestContext.Current.CancellationToken);
            ReadOnlySequence<byte> buffer = result.Buffer;
            while (TryTakeFrame(ref buffer, out int length))
            {
                carried += length - FrameFormat.TagBytes;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return carried;
            }
        }
    }

    private static bool TryTakeFrame(ref ReadOnlySequence<byte> buffer, out int length)
    {
        Span<byte> header = stackalloc byte[FrameFormat.HeaderBytes];
        length = 0;
        if (buffer.Length < header.Length)
        {
            return false;
        }

        buffer.Slice(0, header.Length).CopyTo(header);
        length = BinaryPrimitives.ReadInt32BigEndian(header);
        if (buffer.Length < header.Length + length)
        {
            return false;
        }

        buffer = buffer.Slice(header.Length + length);
        return true;
    }
}
