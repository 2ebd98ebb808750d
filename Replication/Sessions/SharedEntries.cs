namespace SessionCluster.Replication.Sessions;

/// <summary>
/// Room that immutable lists share. Each list sees a part of it; the next one is made by adding behind that part, where
/// no other list has added before. So a list that only grows at its end is copied seldom, and can be read by any
/// thread.
/// </summary>
/// <param name="room">How many entries there is room for.</param>
internal sealed class SharedEntries<T>(int room)
{
    private readonly T[] _entries = new T[room];
    private int _used;

    public ref readonly T this[int place] => ref _entries[place];

    /// <summary>Adds an entry at a place, unless there is no such place or another list has it.</summary>
    public bool TryAdd(int place, T entry)
    {
        if (place >= _entries.Length || Interlocked.CompareExchange(ref _used, place + 1, place) != place)
        {
            return false;
        }

        _entries[place] = entry;
        return true;
    }
}
