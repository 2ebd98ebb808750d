using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Seals the frames of one direction of one connection. The key belongs to that direction of that connection alone, and
/// the nonce counts the frames: so no nonce is used twice, and a frame that is repeated, moved or left out does not
/// open.
/// </summary>
internal sealed class FrameSealer(ReadOnlySpan<byte> key) : IDisposable
{
    private readonly AesGcm _cipher = new(key, FrameFormat.TagBytes);
    private ulong _frames;

    /// <summary>Appends one frame. Not thread-safe.</summary>
    /// <returns>How many bytes it has.</returns>
    public int Seal(ReadOnlySpan<byte> plain, IBufferWriter<byte> output)
    {
        int length = plain.Length + FrameFormat.TagBytes;
        Span<byte> frame = output.GetSpan(FrameFormat.HeaderBytes + length)[..(FrameFormat.HeaderBytes + length)];
        Span<byte> header = frame[..FrameFormat.HeaderBytes];
        BinaryPrimitives.WriteInt32BigEndian(header, length);

        Span<byte> nonce = stackalloc byte[FrameFormat.NonceBytes];
        nonce.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(nonce[(FrameFormat.NonceBytes - sizeof(ulong))..], _frames);
        _frames = checked(_frames + 1);
        _cipher.Encrypt(
            nonce, plain, frame.Slice(FrameFormat.HeaderBytes, plain.Length), frame[^FrameFormat.TagBytes..], header);
        output.Advance(frame.Length);
        return frame.Length;
    }

    public void Dispose() => _cipher.Dispose();
}
