namespace SessionCluster.Simulation;

/// <summary>
/// Ends visits whose clients have waited for too long. All have the same patience, so the first to begin is the first
/// to end, and most are answered long before: one event at a time is enough for all of them.
/// </summary>
internal sealed class VisitDeadlines
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly EventQueue _queue;
    private readonly Queue<(TimeSpan Due, Visit Visit)> _waiting = new();
    private readonly Action _reach;
    private bool _isScheduled;

    public VisitDeadlines(EventQueue queue)
    {
        _queue = queue;
        _reach = Reach;
    }

    /// <summary>A visit has begun.</summary>
    public void Add(Visit visit)
    {
        ForgetEnded();
        _waiting.Enqueue((_queue.Now + Patience, visit));
        ScheduleFirst();
    }

    private void Reach()
    {
        _isScheduled = false;
        while (_waiting.TryPeek(out (TimeSpan Due, Visit Visit) first) && first.Due <= _queue.Now)
        {
            _waiting.Dequeue();
            first.Visit.GiveUp();
        }

        ForgetEnded();
        ScheduleFirst();
    }

    private void ForgetEnded()
    {
        while (_waiting.TryPeek(out (TimeSpan Due, Visit Visit) first) && first.Visit.HasEnded)
        {
            _waiting.Dequeue();
        }
    }

    private void ScheduleFirst()
    {
        if (!_isScheduled && _waiting.TryPeek(out (TimeSpan Due, Visit Visit) first))
        {
            _isScheduled = true;
            _queue.At(first.Due, _reach);
        }
    }
}
