using System.Buffers;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// A request's body that can be read again from its start, as long as it is short. It keeps what passes, as it passes:
/// nothing waits for the whole body, and what was kept when a node failed is sent to the next one, followed by the rest
/// from the client.
/// </summary>
/// <remarks>A read of the client's stream that a failed try left behind is not cancelled but taken up by the next try.
/// </remarks>
internal sealed class ReplayableBody : BodyStream
{
    private const int FirstBufferBytes = 4096;

    private readonly Stream _client;
    private readonly int _limit;
    private byte[] _kept;
    private int _keptBytes;
    private int _position;
    private Task<int>? _pending;
    private bool _hasPassedThrough;

    /// <summary>Wraps a body.</summary>
    /// <param name="client">The body as the client sends it.</param>
    /// <param name="length">Its length, where the client says so.</param>
    /// <param name="limit">How much is kept.</param>
    public ReplayableBody(Stream client, long? length, int limit)
    {
        _client = client;

        // One byte above the limit is read before the body is known to be too long; a body that says that it is too
        // long is not kept at all.
        _limit = length > limit ? -1 : limit;
        _kept = _limit < 0
            ? []
            : ArrayPool<byte>.Shared.Rent((int)Math.Min(length + 1 ?? FirstBufferBytes, _limit + 1));
    }

    /// <summary>Whether all that was read is still there to be read again.</summary>
    public bool CanReplay => !_hasPassedThrough && _keptBytes <= Math.Max(0, _limit);

    /// <summary>Whether the client is the one who is waited for.</summary>
    public bool IsWaitingForClient { get; private set; }

    /// <summary>The next read begins at the body's start.</summary>
    public void Rewind() => _position = 0;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position == _keptBytes)
        {
            if (_keptBytes > _limit)
            {
                _hasPassedThrough = true;
                return await PassThroughAsync(buffer, cancellationToken);
            }

            await KeepMoreAsync(cancellationToken);
        }

        int count = Math.Min(buffer.Length, _keptBytes - _position);
        _kept.AsMemory(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Where a read is under way the buffer is not ours to give back.
        if (disposing && _pending is null && _kept.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_kept);
            _kept = [];
            _keptBytes = _position = 0;
            _hasPassedThrough = true;
        }

        base.Dispose(disposing);
    }

    private async ValueTask KeepMoreAsync(CancellationToken cancellation)
    {
        if (_pending is null)
        {
            MakeRoom();
            Memory<byte> room = _kept.AsMemory(_keptBytes, Math.Min(_kept.Length, _limit + 1) - _keptBytes);
            _pending = _client.ReadAsync(room, CancellationToken.None).AsTask();
        }

        IsWaitingForClient = true;
        try
        {
            _keptBytes += await _pending.WaitAsync(cancellation);
            _pending = null;
        }
        finally
        {
            IsWaitingForClient = false;
        }
    }

    private async ValueTask<int> PassThroughAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        IsWaitingForClient = true;
        try
        {
            return await _client.ReadAsync(buffer, cancellation);
        }
        finally
        {
            IsWaitingForClient = false;
        }
    }

    private void MakeRoom()
    {
        if (_keptBytes < _kept.Length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(2 * _kept.Length, _limit + 1));
        _kept.AsSpan(0, _keptBytes).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_kept);
        _kept = larger;
    }
}
