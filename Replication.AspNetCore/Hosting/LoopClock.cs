namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>The time of the loop, and its alarm. One timer, set anew only where the alarm moves to an earlier time.</summary>
internal sealed class LoopClock : IDisposable
{
    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(1);

    // The alarm is set again at the latest after this, so that no deadline is beyond what a timer can hold.
    private static readonly TimeSpan Latest = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly ITimer _timer;
    private Instant _alarm = Instant.Never;

    public LoopClock(TimeProvider time, Action wake)
    {
        _time = time;
        _origin = time.GetTimestamp();
        _timer = time.CreateTimer(
            static state => ((Action)state!)(), wake, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time since this process began.</summary>
    public Instant Now => new(_time.GetElapsedTime(_origin).Ticks);

    /// <summary>Wakes the loop at that time, or somewhat earlier. Called by the loop only.</summary>
    public void WakeAt(Instant deadline)
    {
        Instant now = Now;
        if (_alarm <= deadline && _alarm > now)
        {
            return;
        }

        // Compared before it is subtracted: the deadline may be "never".
        TimeSpan wait = deadline > now + Latest ? Latest : deadline - now;
        wait = wait < Soonest ? Soonest : wait;
        _alarm = now + wait;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();
}
