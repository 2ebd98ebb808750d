using System.Buffers;

namespace SessionCluster.Simulation;

/// <summary>
/// The seam through which every message goes from one process to another: it is bytes on its way and a message again
/// when it is heard, so that two processes share no object, and the codec is simulated with the rest.
/// </summary>
/// <param name="recycles">
/// Whether what comes out is used again for the next message, as the shell does: a machine that kept it would be found.
/// </param>
internal sealed class MessagePassage(bool recycles = false)
{
    private readonly ArrayBufferWriter<byte> _bytes = new(4096);
    private readonly WireCache _cache = new(recycles);

    /// <summary>Lets the names of nodes be the objects that the machines know them by.</summary>
    public void Keep(IEnumerable<NodeId> names)
    {
        foreach (NodeId name in names)
        {
            _cache.Keep(name.Name);
        }
    }

    /// <summary>What a receiver gets.</summary>
    public Message Carry(Message message) => Read(Write(message));

    /// <summary>The bytes of a message; good until the next one.</summary>
    public ReadOnlySpan<byte> Write(Message message)
    {
        _bytes.ResetWrittenCount();
        MessageCodec.Write(message, _bytes);
        return _bytes.WrittenSpan;
    }

    /// <summary>Reads what may be no message, and forgets it.</summary>
    /// <returns>Why it is none.</returns>
    public WireError TryRead(ReadOnlySpan<byte> bytes) => MessageCodec.ReadExactly(bytes, _cache, out _);

    /// <summary>The message that the bytes are.</summary>
    public Message Read(ReadOnlySpan<byte> bytes)
    {
        WireError error = MessageCodec.ReadExactly(bytes, _cache, out Message? read);
        return error == WireError.None
            ? read!
            : throw new SimulationFailedException(
                $"a message cannot be read again: {error}, {Convert.ToHexString(bytes[..Math.Min(bytes.Length, 64)])}");
    }
}
