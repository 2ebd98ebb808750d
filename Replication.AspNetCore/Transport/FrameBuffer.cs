using System.Buffers;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>The messages of one frame before they are sealed, in one piece.</summary>
internal sealed class FrameBuffer : IBufferWriter<byte>
{
    private const int InitialBytes = 4096;

    /// <summary>A buffer that grew beyond this goes back to the pool when it is emptied.</summary>
    private const int KeptBytes = 64 * 1024;

    private byte[] _bytes = [];

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    /// <summary>Forgets what was written after the first <paramref name="length"/> bytes.</summary>
    public void CutTo(int length) => Length = length;

    /// <summary>Makes the buffer empty; it may be used again.</summary>
    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptBytes)
        {
            Release();
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = [];
        Length = 0;
    }

    private void Grow(int free)
    {
        if (_bytes.Length - Length >= free)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(InitialBytes, Math.Max(_bytes.Length * 2, Length + free)));
        Written.CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
