using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Remembers values for a while, and so many of them at most: in two halves, of which the older one is forgotten when
/// the newer one is full or old. Safe to use by many threads.
/// </summary>
/// <param name="comparer">Compares the keys.</param>
/// <param name="lifetime">After this long at most a value is forgotten.</param>
/// <param name="time">The time.</param>
internal sealed class RecentValues<TKey, TValue>(IEqualityComparer<TKey> comparer, TimeSpan lifetime, TimeProvider time)
    where TKey : notnull
{
    /// <summary>How many values a half holds.</summary>
    public const int HalfMaximum = 4096;

    private readonly Lock _turn = new();
    private volatile Half _newer = new(comparer, time.GetTimestamp());
    private volatile Half _older = new(comparer, time.GetTimestamp());

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        Half newer = Current();
        Half older = _older;
        return newer.Values.TryGetValue(key, out value)
            || (time.GetElapsedTime(older.Since) < lifetime && older.Values.TryGetValue(key, out value));
    }

    public void Add(TKey key, TValue value)
    {
        Half newer = Current();
        if (newer.Values.TryAdd(key, value))
        {
            newer.Added();
        }
    }

    private Half Current()
    {
        Half newer = _newer;
        if (!IsOver(newer))
        {
            return newer;
        }

        lock (_turn)
        {
            if (IsOver(_newer))
            {
                // One that nobody has asked for until it was old has nothing that may still be told.
                bool isOutdated = time.GetElapsedTime(_newer.Since) >= lifetime;
                _older = isOutdated ? new Half(comparer, _newer.Since) : _newer;
                _newer = new Half(comparer, time.GetTimestamp());
            }

            return _newer;
        }
    }

    private bool IsOver(Half half) => half.Count >= HalfMaximum || time.GetElapsedTime(half.Since) >= lifetime / 2;

    private sealed class Half(IEqualityComparer<TKey> comparer, long since)
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public long Since { get; } = since;

        public ConcurrentDictionary<TKey, TValue> Values { get; } = new(comparer);

        public void Added() => Interlocked.Increment(ref _count);
    }
}
