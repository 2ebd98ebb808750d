using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Opens the frames that come on one link and hands their messages on, in order.</summary>
internal sealed class IncomingFrames(
    PipeReader input, FrameOpener opener, WireCache cache, TimeProvider time, LinkMetrics metrics)
{
    private long _heardAt = time.GetTimestamp();
    private volatile bool _isDelivering;

    /// <summary>
    /// For how long nothing has come. It is the peer that is silent, not this node that is slow: so the clock stands
    /// while a message waits for room in the queue of the loop.
    /// </summary>
    public TimeSpan Silence =>
        _isDelivering ? TimeSpan.Zero : time.GetElapsedTime(Interlocked.Read(ref _heardAt));

    /// <summary>Reads frames until the connection ends or one of them is bad.</summary>
    /// <param name="deliver">Takes one message; awaited, so that a full queue holds the peer back.</param>
    /// <param name="delivered">Called when all that has come together was delivered.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Why there is nothing more to read.</returns>
    public async Task<LinkFinding> ReadAllAsync(
        Func<Message, ValueTask> deliver, Action delivered, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> buffer = result.Buffer;
            while (TryTakeFrame(ref buffer, out ReadOnlySequence<byte> frame, out string? flaw))
            {
                flaw ??= await OpenAsync(frame, deliver);
                if (flaw is not null)
                {
                    return new LinkFinding(LinkEnd.BadFrame, flaw);
                }
            }

            Interlocked.Exchange(ref _heardAt, time.GetTimestamp());
            input.AdvanceTo(buffer.Start, buffer.End);
            delivered();
            if (result.IsCompleted || result.IsCanceled)
            {
                return new LinkFinding(LinkEnd.ClosedByPeer, null);
            }
        }
    }

    /// <summary>Reads the frame that a handshake ends with: one byte, which is not a message.</summary>
    /// <returns>The byte, or nothing where something else came.</returns>
    public async Task<byte?> ReadDecisionAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (TryTakeFrame(ref buffer, out ReadOnlySequence<byte> frame, out string? flaw))
            {
                byte[] plain = new byte[1];
                bool isByte = flaw is null && frame.Length == FrameFormat.TagBytes + 1
                    && opener.TryOpen(frame.ToArray(), plain);
                input.AdvanceTo(buffer.Start);
                return isByte ? plain[0] : null;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                return null;
            }
        }
    }

    /// <summary>
    /// Takes one whole frame from the buffer, or a flaw that is seen before anything is kept for the frame.
    /// </summary>
    private static bool TryTakeFrame(
        ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> frame, out string? flaw)
    {
        frame = default;
        flaw = null;
        if (buffer.Length < FrameFormat.HeaderBytes)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[FrameFormat.HeaderBytes];
        buffer.Slice(0, FrameFormat.HeaderBytes).CopyTo(header);
        int length = BinaryPrimitives.ReadInt32BigEndian(header);
        if (!FrameOpener.IsLength(length))
        {
            flaw = "its length is impossible";
            return true;
        }

        if (buffer.Length < FrameFormat.HeaderBytes + length)
        {
            return false;
        }

        frame = buffer.Slice(FrameFormat.HeaderBytes, length);
        buffer = buffer.Slice(frame.End);
        return true;
    }

    private async ValueTask<string?> OpenAsync(ReadOnlySequence<byte> frame, Func<Message, ValueTask> deliver)
    {
        metrics.FrameReceived(FrameFormat.HeaderBytes + (int)frame.Length);
        int length = (int)frame.Length - FrameFormat.TagBytes;
        byte[] plain = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        try
        {
            return TryOpen(frame, plain.AsSpan(0, length))
                ? await DeliverAsync(plain.AsMemory(0, length), deliver)
                : "it is not what the peer has sealed";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    private bool TryOpen(ReadOnlySequence<byte> frame, Span<byte> plain)
    {
        if (frame.IsSingleSegment)
        {
            return opener.TryOpen(frame.FirstSpan, plain);
        }

        int length = (int)frame.Length;
        byte[] whole = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            frame.CopyTo(whole);
            return opener.TryOpen(whole.AsSpan(0, length), plain);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private async ValueTask<string?> DeliverAsync(ReadOnlyMemory<byte> plain, Func<Message, ValueTask> deliver)
    {
        _isDelivering = true;
        while (!plain.IsEmpty)
        {
            WireError error = MessageCodec.Read(plain.Span, cache, out Message? message, out int length);
            if (error != WireError.None)
            {
                return $"it holds something that is no message ({error})";
            }

            metrics.MessageReceived();
            plain = plain[length..];
            await deliver(message!);
        }

        _isDelivering = false;
        return null;
    }
}

/// <summary>Why a link ended, and what was wrong.</summary>
/// <param name="End">Why.</param>
/// <param name="Flaw">What was wrong, where something was.</param>
internal readonly record struct LinkFinding(LinkEnd End, string? Flaw);
