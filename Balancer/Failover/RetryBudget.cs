namespace SessionCluster.Balancer.Failover;

/// <summary>
/// Bounds what further tries add to the load. One node's death costs a burst; when all nodes fail, trying again helps
/// nobody and would triple the load on whoever comes back first.
/// </summary>
internal sealed class RetryBudget
{
    private const double SecondsSaved = 10;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly double _perRequest;
    private readonly double _perSecond;
    private readonly double _most;

    private long _requests;
    private long _settled;
    private double _tries;

    public RetryBudget(FailoverOptions options, TimeProvider time)
    {
        _time = time;
        _perRequest = options.BudgetPercent / 100.0;
        _perSecond = options.BudgetPerSecond;
        _most = _perSecond * SecondsSaved;
        _tries = _most;
        _settled = time.GetTimestamp();
    }

    /// <summary>A client's request has come.</summary>
    public void Earn() => Interlocked.Increment(ref _requests);

    /// <summary>Takes a further try, if there is one.</summary>
    public bool TrySpend()
    {
        lock (_lock)
        {
            long now = _time.GetTimestamp();
            double earned = (_perRequest * Interlocked.Exchange(ref _requests, 0))
                + (_perSecond * _time.GetElapsedTime(_settled, now).TotalSeconds);
            _settled = now;
            _tries = Math.Min(_most, _tries + earned);
            if (_tries < 1)
            {
                return false;
            }

            _tries--;
            return true;
        }
    }
}
