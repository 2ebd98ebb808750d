using Microsoft.Extensions.ObjectPool;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// A response's body whose reader does not wait for a node that has frozen: while nothing comes, the node is asked from
/// time to time whether it lives. The reader of a short one gets nothing until all of it is there.
/// </summary>
internal sealed class WatchedBody : BodyStream
{
    /// <summary>The longest body that is held until it is whole; as much as the forwarder reads at once.</summary>
    public const int HeldMaximum = 64 << 10;

    private readonly Stream _inner;
    private readonly ObjectPool<NodeWatch> _watches;
    private BodyHold _hold;
    private NodeWatch? _watch;
    private Task<int>? _coming;

    /// <summary>Wraps a body.</summary>
    /// <param name="inner">The body as the node sends it.</param>
    /// <param name="hold">Whether its beginning is held.</param>
    /// <param name="watch">Watches the node.</param>
    /// <param name="watches">Where the watch goes back to when nobody reads any more.</param>
    public WatchedBody(Stream inner, BodyHold hold, NodeWatch watch, ObjectPool<NodeWatch> watches) =>
        (_inner, _hold, _watch, _watches) = (inner, hold, watch, watches);

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        NodeWatch? watch = _watch;
        ObjectDisposedException.ThrowIf(watch is null, this);
        CancellationToken left = watch.Follow(cancellationToken);
        if (_hold != BodyHold.None && !buffer.IsEmpty)
        {
            bool mayRest = _hold == BodyHold.UntilRest;
            _hold = BodyHold.None;
            return HoldAsync(watch, mayRest, buffer[..Math.Min(buffer.Length, HeldMaximum)], left);
        }

        return _coming is null ? ReadAsync(watch, buffer, left) : ReadOnAsync(watch, buffer, left);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            NodeWatch? watch = Interlocked.Exchange(ref _watch, null);
            if (_coming is { IsCompleted: false })
            {
                // The stream below would read what is left of the answer, and two may not read at once.
                watch?.Leave();
            }

            _inner.Dispose();
            if (watch is not null)
            {
                _watches.Return(watch);
            }
        }

        base.Dispose(disposing);
    }

    private ValueTask<int> ReadAsync(NodeWatch watch, Memory<byte> buffer, CancellationToken left)
    {
        ValueTask<int> read = _inner.ReadAsync(buffer, left);
        return read.IsCompleted ? read : WaitAsync(watch, read);
    }

    /// <summary>
    /// Reads until all is there, so that the request can move as long as something is missing: the client has seen
    /// nothing then. See docs/decisions/0022.
    /// </summary>
    private async ValueTask<int> HoldAsync(NodeWatch watch, bool mayRest, Memory<byte> room, CancellationToken left)
    {
        int held = await ReadAsync(watch, room, left);
        if (held == 0)
        {
            return 0;
        }

        HoldTime time = watch.BeginHold(mayRest);
        while (held < room.Length && !time.IsOver && (!mayRest || await ComesMoreAsync(watch, time.Left, left)))
        {
            int more = await ReadAsync(watch, room[held..], left);
            if (more == 0)
            {
                break;
            }

            held += more;
        }

        return held;
    }

    /// <summary>Whether there is more to be read, or the end; false where the node lives and rests.</summary>
    private async ValueTask<bool> ComesMoreAsync(NodeWatch watch, TimeSpan patience, CancellationToken left)
    {
        // A read of nothing ends when there is something to read. One with memory could still write into it when the
        // reader has what is held.
        ValueTask<int> read = _inner.ReadAsync(Memory<byte>.Empty, left);
        if (read.IsCompleted)
        {
            await read;
            return true;
        }

        Task<int> coming = read.AsTask();
        if (await Task.WhenAny(coming, watch.BeginWaitForRest(patience)) == coming)
        {
            await EndWaitAsync(watch, new ValueTask<int>(coming));
            return true;
        }

        watch.EndWait();
        _coming = coming;
        return false;
    }

    /// <summary>Reads on where a read of nothing is still under way.</summary>
    private async ValueTask<int> ReadOnAsync(NodeWatch watch, Memory<byte> buffer, CancellationToken left)
    {
        Task<int> coming = _coming!;
        _coming = null;
        await WaitAsync(watch, new ValueTask<int>(coming));
        return buffer.IsEmpty ? 0 : await ReadAsync(watch, buffer, left);
    }

    private static ValueTask<int> WaitAsync(NodeWatch watch, ValueTask<int> read)
    {
        watch.BeginWait();
        return EndWaitAsync(watch, read);
    }

    private static async ValueTask<int> EndWaitAsync(NodeWatch watch, ValueTask<int> read)
    {
        try
        {
            return await read;
        }
        catch (Exception) when (watch.IsFrozen)
        {
            throw new NodeFrozenException();
        }
        finally
        {
            watch.EndWait();
        }
    }
}
