using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Opens the frames that come on one link and hands them on, in order.</summary>
/// <param name="input">The connection.</param>
/// <param name="opener">Opens what the peer has sealed.</param>
/// <param name="time">The time.</param>
/// <param name="metrics">Counts frames and messages.</param>
/// <param name="flawed">Ends the link; called with what is wrong with a message, by whoever reads it.</param>
[SuppressMessage(
    "Design", "CA1001", Justification = "Frames are released after the link's end; the room has no handle.")]
internal sealed class IncomingFrames(
    PipeReader input, FrameOpener opener, TimeProvider time, LinkMetrics metrics, Action<string> flawed)
{
    /// <summary>How many frames may wait to be read; further ones hold the peer back.</summary>
    private const int WaitingMaximum = 16;

    private readonly SemaphoreSlim _room = new(WaitingMaximum);
    private long _heardAt = time.GetTimestamp();
    private volatile bool _isDelivering;

    /// <summary>Whether a message was found that is none.</summary>
    public bool IsFlawed { get; private set; }

    /// <summary>
    /// For how long nothing has come. It is the peer that is silent, not this node that is slow: so the clock stands
    /// while a frame waits for room in the queue of the loop.
    /// </summary>
    public TimeSpan Silence =>
        _isDelivering ? TimeSpan.Zero : time.GetElapsedTime(Interlocked.Read(ref _heardAt));

    /// <summary>Reads frames until the connection ends or one of them is bad.</summary>
    /// <param name="deliver">Takes one frame; awaited, so that a full queue holds the peer back.</param>
    /// <param name="delivered">Called when all that has come together was delivered.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Why there is nothing more to read.</returns>
    public async Task<LinkFinding> ReadAllAsync(
        Func<ReceivedFrame, ValueTask> deliver, Action delivered, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> buffer = result.Buffer;
            while (TryTakeFrame(ref buffer, out ReadOnlySequence<byte> frame, out string? flaw))
            {
                flaw ??= await OpenAsync(frame, deliver, delivered, cancellationToken);
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

    /// <summary>A message was found that is none: nothing more of this link counts, and the link ends.</summary>
    public void Fail(string flaw)
    {
        IsFlawed = true;
        flawed(flaw);
    }

    /// <summary>A message was read.</summary>
    public void CountMessage() => metrics.MessageReceived();

    /// <summary>A frame was worked off.</summary>
    public void Release() => _room.Release();

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

    private async ValueTask<string?> OpenAsync(
        ReadOnlySequence<byte> frame,
        Func<ReceivedFrame, ValueTask> deliver,
        Action delivered,
        CancellationToken cancellationToken)
    {
        metrics.FrameReceived(FrameFormat.HeaderBytes + (int)frame.Length);
        int length = (int)frame.Length - FrameFormat.TagBytes;
        byte[] plain = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        if (!TryOpen(frame, plain.AsSpan(0, length)))
        {
            ArrayPool<byte>.Shared.Return(plain);
            return "it is not what the peer has sealed";
        }

        _isDelivering = true;
        if (!_room.Wait(0, CancellationToken.None))
        {
            // What waits is worked off first; nobody may have been told of it yet.
            delivered();
            await _room.WaitAsync(cancellationToken);
        }

        await deliver(new ReceivedFrame(this, plain, length));
        _isDelivering = false;
        return null;
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
}

/// <summary>Why a link ended, and what was wrong.</summary>
/// <param name="End">Why.</param>
/// <param name="Flaw">What was wrong, where something was.</param>
internal readonly record struct LinkFinding(LinkEnd End, string? Flaw);
