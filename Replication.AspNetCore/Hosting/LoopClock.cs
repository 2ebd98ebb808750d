namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>
/// The time of the loop, and its alarm. One timer, set anew only where the alarm moves to an earlier time.
/// </summary>
internal sealed class LoopClock : IDisposable
{
    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(1);

    // The alarm is set again at the latest after this, so that no deadline is beyond what a timer can hold.
    private static readonly TimeSpan Latest = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly ITimer _timer;
    private readonly Action _wake;
    private Instant _alarm;

    // A timer may ring somewhat early: whether it is still to ring cannot be told from the time.
    private volatile bool _isSet;

    public LoopClock(TimeProvider time, Action wake)
    {
        _time = time;
        _wake = wake;
        _origin = time.GetTimestamp();
        _timer = time.CreateTimer(
            static state => ((LoopClock)state!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time since this process began.</summary>
    public Instant Now => new(_time.GetElapsedTime(_origin).Ticks);

    /// <summary>Wakes the loop at that time, or somewhat earlier. Called by the loop only.</summary>
    public void WakeAt(Instant deadline)
    {
        if (_isSet && _alarm <= deadline)
        {
            return;
        }

        Instant now = Now;

        // Compared before it is subtracted: the deadline may be "never".
        TimeSpan wait = deadline > now + Latest ? Latest : deadline - now;
        wait = wait < Soonest ? Soonest : wait;
        (_alarm, _isSet) = (now + wait, true);
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Ring()
    {
        _isSet = false;
        _wake();
    }
}
