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
    private readonly long? _length;
    private byte[] _kept;
    private int _keptBytes;
    private int _position;
    private Task<int>? _pending;
    private bool _hasPassedThrough;
    private int _lent;

    /// <summary>Wraps a body.</summary>
    /// <param name="client">The body as the client sends it.</param>
    /// <param name="length">Its length, where the client says so.</param>
    /// <param name="limit">How much is kept.</param>
    public ReplayableBody(Stream client, long? length, int limit)
    {
        _client = client;
        _length = length;

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

    /// <summary>Whether all of it is here. The client has said how much that is.</summary>
    private bool IsWhole => _keptBytes == _length && CanReplay;

    /// <summary>The next read begins at the body's start.</summary>
    public void Rewind() => _position = 0;

    /// <summary>
    /// Takes what of the body has come already, and nothing is waited for. Most bodies come together with their heads.
    /// </summary>
    /// <returns>
    /// The body, if that was all of it: lent until <see cref="GiveBack"/>, or for good where that is not called.
    /// </returns>
    public ArraySegment<byte>? TryLendWhole()
    {
        while (_length <= _limit && _keptBytes < _length && _pending is null)
        {
            ValueTask<int> read = BeginRead();
            if (!read.IsCompletedSuccessfully)
            {
                _pending = read.AsTask();
                break;
            }

            int count = read.Result;
            if (count == 0)
            {
                break;
            }

            _keptBytes += count;
        }

        if (!IsWhole)
        {
            return null;
        }

        _lent++;
        return new ArraySegment<byte>(_kept, 0, _keptBytes);
    }

    /// <summary>Whoever was lent the body reads it no more.</summary>
    public void GiveBack() => _lent--;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position == _keptBytes && !IsWhole)
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
            if (_lent == 0)
            {
                ArrayPool<byte>.Shared.Return(_kept);
            }

            _kept = [];
            _keptBytes = _position = 0;
            _hasPassedThrough = true;
        }

        base.Dispose(disposing);
    }

    private async ValueTask KeepMoreAsync(CancellationToken cancellation)
    {
        _pending ??= BeginRead().AsTask();
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

    private ValueTask<int> BeginRead()
    {
        MakeRoom();
        Memory<byte> room = _kept.AsMemory(_keptBytes, Math.Min(_kept.Length, _limit + 1) - _keptBytes);
        return _client.ReadAsync(room, CancellationToken.None);
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
