using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Opens what the peer's <see cref="FrameSealer"/> sealed, in the same order.</summary>
internal sealed class FrameOpener(ReadOnlySpan<byte> key) : IDisposable
{
    private readonly AesGcm _cipher = new(key, FrameFormat.TagBytes);
    private ulong _frames;

    /// <summary>Whether a length can be that of a frame. Asked before anything is allocated for it.</summary>
    public static bool IsLength(int length) => length is >= FrameFormat.TagBytes and <= FrameFormat.LengthMaximum;

    /// <summary>Opens the next frame. Not thread-safe.</summary>
    /// <param name="sealedBytes">What follows the length: a frame's messages and its tag.</param>
    /// <param name="plain">Receives the messages; shorter than <paramref name="sealedBytes"/> by the tag.</param>
    /// <returns>Whether the peer has sealed exactly this as exactly its next frame.</returns>
    public bool TryOpen(ReadOnlySpan<byte> sealedBytes, Span<byte> plain)
    {
        Span<byte> header = stackalloc byte[FrameFormat.HeaderBytes];
        BinaryPrimitives.WriteInt32BigEndian(header, sealedBytes.Length);
        Span<byte> nonce = stackalloc byte[FrameFormat.NonceBytes];
        nonce.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(nonce[(FrameFormat.NonceBytes - sizeof(ulong))..], _frames);
        _frames = checked(_frames + 1);
        try
        {
            _cipher.Decrypt(
                nonce, sealedBytes[..^FrameFormat.TagBytes], sealedBytes[^FrameFormat.TagBytes..], plain, header);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _cipher.Dispose();
}
