using System.Collections.Concurrent;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The keys of the requests that run on this node: one that is sent again while it still runs here waits for its first
/// run, and then finds what that has left.
/// </summary>
internal sealed class RunningRequests
{
    private readonly ConcurrentDictionary<Guid, Run> _running = new();

    /// <summary>Waits until no other request with this key runs; this one does until the result is disposed.</summary>
    /// <exception cref="OperationCanceledException">Whoever sent the request waits no longer.</exception>
    public async ValueTask<IDisposable> EnterAsync(Guid key, CancellationToken cancellationToken)
    {
        var run = new Run(this, key);
        while (!_running.TryAdd(key, run))
        {
            if (_running.TryGetValue(key, out Run? earlier))
            {
                await earlier.Ended.WaitAsync(cancellationToken);
            }
        }

        return run;
    }

    private sealed class Run(RunningRequests owner, Guid key) : IDisposable
    {
        private static readonly TaskCompletionSource Over = CreateOver();

        /// <summary>Made by the first who waits; hardly ever there is one.</summary>
        private TaskCompletionSource? _ended;

        public Task Ended
        {
            get
            {
                var wanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return (Interlocked.CompareExchange(ref _ended, wanted, null) ?? wanted).Task;
            }
        }

        public void Dispose()
        {
            owner._running.TryRemove(key, out _);
            Interlocked.Exchange(ref _ended, Over)?.TrySetResult();
        }

        private static TaskCompletionSource CreateOver()
        {
            var over = new TaskCompletionSource();
            over.SetResult();
            return over;
        }
    }
}
