namespace SessionCluster.Balancer.Failover;

/// <summary>
/// A response's body whose reader does not wait for a node that has frozen: while nothing comes, it is asked from time
/// to time whether the node lives.
/// </summary>
/// <param name="inner">The body as the node sends it.</param>
/// <param name="patience">How long nothing may come before the node is asked.</param>
/// <param name="lives">Asks it.</param>
/// <param name="frozen">Called before the read fails for a node that does not answer.</param>
internal sealed class WatchedBody(Stream inner, TimeSpan patience, Func<Task<bool>> lives, Action frozen) : BodyStream
{
    private CancellationTokenSource? _left;
    private CancellationToken _reader;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left is null || _reader != cancellationToken)
        {
            _left?.Dispose();
            _left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _reader = cancellationToken;
        }

        ValueTask<int> read = inner.ReadAsync(buffer, _left.Token);
        return read.IsCompleted ? read : WaitAsync(read.AsTask());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _left?.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> WaitAsync(Task<int> read)
    {
        while (true)
        {
            await ((Task)read).WaitAsync(patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            bool isLeft = !read.IsCompleted && !await lives();
            if (read.IsCompleted)
            {
                return await read;
            }

            if (!isLeft)
            {
                continue;
            }

            frozen();

            // Ends the connection, and with it the read: the buffer belongs to the reader again when this one fails.
            await _left!.CancelAsync();
            await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new NodeFrozenException();
        }
    }
}
