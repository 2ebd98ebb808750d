using System.Threading.Tasks.Sources;
using Microsoft.Extensions.ObjectPool;

namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>
/// A request that waits for its completion. Pooled: an operation of the machine allocates no task. Awaited exactly
/// once, by whoever made the request; it returns to the pool when its result was taken.
/// </summary>
internal sealed class PendingRequest : IValueTaskSource<Answer>
{
    private readonly ObjectPool<PendingRequest> _pool;

    // The loop completes requests; what follows must not run on it.
    private ManualResetValueTaskSourceCore<Answer> _core = new() { RunContinuationsAsynchronously = true };

    public PendingRequest(ObjectPool<PendingRequest> pool) => _pool = pool;

    /// <summary>The answer; none where the loop has ended before.</summary>
    public ValueTask<Answer> Result => new(this, _core.Version);

    public void Complete(Answer answer) => _core.SetResult(answer);

    public void Return() => _pool.Return(this);

    public Answer GetResult(short token)
    {
        Answer result = _core.GetResult(token);
        _core.Reset();
        _pool.Return(this);
        return result;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}

/// <summary>The requests under way. Rented by any thread; numbered, kept and completed by the loop only.</summary>
internal sealed class PendingRequests : PooledObjectPolicy<PendingRequest>
{
    private const int PooledMaximum = 1024;

    private readonly DefaultObjectPool<PendingRequest> _pool;
    private readonly Dictionary<long, PendingRequest> _waiting = [];
    private long _lastNumber;

    public PendingRequests() => _pool = new DefaultObjectPool<PendingRequest>(this, PooledMaximum);

    public PendingRequest Rent() => _pool.Get();

    /// <summary>A number for a request; unique in this process.</summary>
    public long NextNumber() => Interlocked.Increment(ref _lastNumber);

    public void Add(long number, PendingRequest request) => _waiting.Add(number, request);

    public void Complete(Completion completion)
    {
        if (_waiting.Remove(completion.Request, out PendingRequest? request))
        {
            request.Complete(Answer.Of(completion));
        }
    }

    /// <summary>Tells all that wait that no answer will come.</summary>
    public void Abandon()
    {
        foreach (PendingRequest request in _waiting.Values)
        {
            request.Complete(default);
        }

        _waiting.Clear();
    }

    public override PendingRequest Create() => new(_pool);

    public override bool Return(PendingRequest obj) => true;
}
