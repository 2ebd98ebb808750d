namespace SessionCluster.Simulation;

/// <summary>Wakes a process when its machine wants to be asked, on its own clock; a stopped one sleeps on.</summary>
internal sealed class DeadlineAlarm
{
    private const int AtOneTimeMaximum = 1000;

    private readonly EventQueue _queue;
    private readonly SimulatedProcess _process;
    private readonly Action _ring;
    private TimeSpan _scheduled = TimeSpan.MaxValue;
    private Instant _wanted;
    private TimeSpan _latest;
    private int _atOneTime;

    public DeadlineAlarm(EventQueue queue, SimulatedProcess process)
    {
        _queue = queue;
        _process = process;
        _ring = Ring;
    }

    /// <summary>Looks when the machine wants to be asked next.</summary>
    public void Set()
    {
        Instant next = _process.Machine.NextDeadline;
        if (next == Instant.Never || _process.IsPaused || (next >= _wanted && _scheduled != TimeSpan.MaxValue))
        {
            // What is scheduled already comes first, and looks again.
            return;
        }

        _wanted = next;
        TimeSpan time = _process.Clock.When(next);
        time = time > _queue.Now ? time : _queue.Now;
        if (time < _scheduled)
        {
            _scheduled = time;
            _queue.At(time, _ring);
        }
    }

    private void Ring()
    {
        if (_queue.Now < _scheduled)
        {
            // A later deadline was moved before this one, which has been reached already.
            return;
        }

        _scheduled = TimeSpan.MaxValue;
        if (!_process.IsAlive || _process.IsPaused)
        {
            return;
        }

        if (_process.Machine.NextDeadline > _process.Now)
        {
            Set();
            return;
        }

        _process.ReachDeadline();
        CheckThatTheyAdvance();
    }

    private void CheckThatTheyAdvance()
    {
        bool isSameTime = _latest == _queue.Now;
        _latest = _queue.Now;
        _atOneTime = isSameTime ? _atOneTime + 1 : 0;
        if (_atOneTime > AtOneTimeMaximum)
        {
            throw new SimulationFailedException($"{_process.Member} wants to be woken at one time without end");
        }
    }
}
