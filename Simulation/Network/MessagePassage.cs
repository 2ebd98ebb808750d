using System.Buffers;

namespace SessionCluster.Simulation;

/// <summary>
/// The seam through which every message goes from one process to another: it becomes bytes and a message again, so that
/// two processes share no object, and the codec is simulated with the rest.
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

    /// <summary>How many messages went through.</summary>
    public long Carried { get; private set; }

    /// <summary>What the receiver gets.</summary>
    public Message Carry(Message message)
    {
        Carried++;
        _bytes.ResetWrittenCount();
        MessageCodec.Write(message, _bytes);
        WireError error = MessageCodec.ReadExactly(_bytes.WrittenSpan, _cache, out Message? read);
        return error == WireError.None
            ? read!
            : throw new SimulationFailedException($"{message.GetType().Name} cannot be read again: {error}");
    }
}
