using System.Runtime.CompilerServices;

namespace SessionCluster.Simulation;

/// <summary>
/// What is going to happen, in the order of time; of two events at one time the one that was added first happens first.
/// There is no other clock and no other thread, so one seed gives one history.
/// </summary>
internal sealed class EventQueue
{
    private const int Children = 4;

    private Entry[] _heap = new Entry[1024];
    private int _count;
    private long _added;

    /// <summary>
    /// Whether the event that is happening still stands at the top: the first one that it adds takes its place, which
    /// is cheaper than to take it out first.
    /// </summary>
    private bool _isTopOver;

    /// <summary>The time of the event that is happening. No node sees it: each has a clock of its own.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>How many events have happened.</summary>
    public long Happened { get; private set; }

    /// <summary>Lets <paramref name="action"/> happen after a delay.</summary>
    public void After(TimeSpan delay, Action action) => At(Now + delay, action);

    /// <summary>Lets <paramref name="action"/> happen at a time, or now where that time is over.</summary>
    public void At(TimeSpan time, Action action)
    {
        var entry = new Entry(Math.Max(time.Ticks, Now.Ticks), _added++, action);
        if (_isTopOver)
        {
            _isTopOver = false;
            SinkFromTop(entry);
            return;
        }

        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _heap.Length * 2);
        }

        RaiseFrom(_count++, entry);
    }

    /// <summary>
    /// Lets the next event happen, unless it lies after <paramref name="limit"/>: then the time becomes the limit.
    /// </summary>
    /// <returns>Whether an event happened.</returns>
    public bool RunNext(TimeSpan limit)
    {
        RemoveTopIfOver();
        if (_count == 0 || _heap[0].Ticks > limit.Ticks)
        {
            Now = limit > Now ? limit : Now;
            return false;
        }

        Entry next = _heap[0];
        _isTopOver = true;
        Now = new TimeSpan(next.Ticks);
        Happened++;
        next.Action();
        return true;
    }

    private void RemoveTopIfOver()
    {
        if (!_isTopOver)
        {
            return;
        }

        _isTopOver = false;
        Entry last = _heap[--_count];
        _heap[_count] = default;
        if (_count > 0)
        {
            SinkFromTop(last);
        }
    }

    private void RaiseFrom(int index, in Entry entry)
    {
        while (index > 0)
        {
            int parent = (index - 1) / Children;
            if (!entry.IsBefore(_heap[parent]))
            {
                break;
            }

            _heap[index] = _heap[parent];
            index = parent;
        }

        _heap[index] = entry;
    }

    private void SinkFromTop(in Entry entry)
    {
        int index = 0;
        while (true)
        {
            int first = (index * Children) + 1;
            if (first >= _count)
            {
                break;
            }

            int least = first;
            int end = Math.Min(first + Children, _count);
            for (int child = first + 1; child < end; child++)
            {
                least = _heap[child].IsBefore(_heap[least]) ? child : least;
            }

            if (!_heap[least].IsBefore(entry))
            {
                break;
            }

            _heap[index] = _heap[least];
            index = least;
        }

        _heap[index] = entry;
    }

    private readonly record struct Entry(long Ticks, long Sequence, Action Action)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool IsBefore(in Entry other) =>
            Ticks < other.Ticks || (Ticks == other.Ticks && Sequence < other.Sequence);
    }
}
