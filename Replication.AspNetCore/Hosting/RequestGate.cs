namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>
/// Counts the requests that are inside, and lets nobody in any more when the node drains. Whoever is not let in has
/// not been executed.
/// </summary>
internal sealed class RequestGate
{
    private volatile TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _inside;
    private volatile bool _isClosed;

    public bool IsClosed => _isClosed;

    public long Inside => Interlocked.Read(ref _inside);

    /// <summary>Whether the request may go on; if so, <see cref="Leave"/> is owed.</summary>
    public bool TryEnter()
    {
        Interlocked.Increment(ref _inside);
        if (!_isClosed)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _inside) == 0 && _isClosed)
        {
            _empty.TrySetResult();
        }
    }

    /// <summary>Nobody enters from now on. The task ends when nobody is inside.</summary>
    public Task CloseAsync()
    {
        _isClosed = true;

        // Whoever counted himself before this line is seen here, and whoever counts himself after it sees the gate.
        if (Interlocked.Add(ref _inside, 0) == 0)
        {
            _empty.TrySetResult();
        }

        return _empty.Task;
    }

    /// <summary>Lets everybody in again: the node stays after all.</summary>
    public void Open()
    {
        _isClosed = false;
        _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
