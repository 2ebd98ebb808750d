using Microsoft.Extensions.ObjectPool;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// A response's body whose reader does not wait for a node that has frozen: while nothing comes, the node is asked from
/// time to time whether it lives.
/// </summary>
internal sealed class WatchedBody : BodyStream
{
    private readonly Stream _inner;
    private readonly ObjectPool<NodeWatch> _watches;
    private NodeWatch? _watch;

    /// <summary>Wraps a body.</summary>
    /// <param name="inner">The body as the node sends it.</param>
    /// <param name="watch">Watches the node.</param>
    /// <param name="watches">Where the watch goes back to when nobody reads any more.</param>
    public WatchedBody(Stream inner, NodeWatch watch, ObjectPool<NodeWatch> watches) =>
        (_inner, _watch, _watches) = (inner, watch, watches);

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        NodeWatch? watch = _watch;
        ObjectDisposedException.ThrowIf(watch is null, this);
        ValueTask<int> read = _inner.ReadAsync(buffer, watch.Follow(cancellationToken));
        return read.IsCompleted ? read : WaitAsync(watch, read);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            if (Interlocked.Exchange(ref _watch, null) is { } watch)
            {
                _watches.Return(watch);
            }
        }

        base.Dispose(disposing);
    }

    private static async ValueTask<int> WaitAsync(NodeWatch watch, ValueTask<int> read)
    {
        watch.BeginWait();
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
