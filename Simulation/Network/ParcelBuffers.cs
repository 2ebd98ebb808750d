namespace SessionCluster.Simulation;

/// <summary>
/// Memory for what is under way in one network. The buffer that came back last is lent first: it is still near.
/// </summary>
internal sealed class ParcelBuffers
{
    /// <summary>Few messages are longer; those get memory of their own.</summary>
    private const int CommonLength = 192;

    private readonly Stack<byte[]> _free = new();

    /// <summary>Lends memory that is at least so long, with anything in it.</summary>
    public byte[] Lend(int length) =>
        length > CommonLength ? new byte[length] : _free.TryPop(out byte[]? buffer) ? buffer : new byte[CommonLength];

    /// <summary>Takes memory back that nobody reads any more.</summary>
    public void TakeBack(byte[] buffer)
    {
        if (buffer.Length == CommonLength)
        {
            _free.Push(buffer);
        }
    }
}
