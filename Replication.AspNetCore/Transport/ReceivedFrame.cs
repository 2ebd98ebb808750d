using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The messages of one frame, opened and not read yet. Each is read just before the machine takes it, so that the one
/// before is not needed any more, and all of a kind can share one object.
/// </summary>
/// <param name="origin">What has opened it, and learns what is wrong with it.</param>
/// <param name="plain">The messages, in an array of the shared pool.</param>
/// <param name="length">How many bytes of it are theirs.</param>
internal sealed class ReceivedFrame(IncomingFrames origin, byte[] plain, int length)
{
    private int _position;

    /// <summary>Whether there is something to read. After a flaw nothing more of the link counts.</summary>
    public bool HasMore => _position < length && !origin.IsFlawed;

    /// <summary>Reads the next message.</summary>
    /// <param name="cache">Shares texts, and messages where it recycles them.</param>
    /// <param name="message">The message.</param>
    /// <returns>Whether there was one; where what stands there is none, the link ends.</returns>
    public bool TryRead(WireCache cache, [NotNullWhen(true)] out Message? message)
    {
        message = null;
        if (!HasMore)
        {
            return false;
        }

        WireError error = MessageCodec.Read(
            plain.AsSpan(_position, length - _position), cache, out message, out int read);
        if (error != WireError.None || message is null)
        {
            origin.Fail($"it holds something that is no message ({error})");
            return false;
        }

        _position += read;
        origin.CountMessage();
        return true;
    }

    /// <summary>Gives the memory back, and makes room for further frames. To be called once.</summary>
    public void Done()
    {
        ArrayPool<byte>.Shared.Return(plain);
        origin.Release();
    }
}
