namespace SessionCluster.Replication.Sessions;

/// <summary>
/// The keys of a session's requests, in the order in which they were recorded, and found by their content. Immutable
/// lists share it as they share <see cref="SharedEntries{T}"/>.
/// </summary>
/// <param name="room">How many keys there is room for.</param>
/// <remarks>
/// Keys whose hashes fall together form a chain from the latest to the earliest, so what a list does not see of it, as
/// it was added later or is too old, stands at the chain's ends.
/// </remarks>
internal sealed class OutcomeKeys(int room)
{
    private readonly SharedEntries<Entry> _entries = new(room);

    /// <summary>The place of the latest key of each chain, plus one; 0 where there is none.</summary>
    private readonly int[] _chains = new int[room];

    /// <summary>When the key at this place was recorded.</summary>
    public long TimeAt(int place) => _entries[place].At;

    public Guid KeyAt(int place) => _entries[place].Key;

    /// <summary>Adds a key at a place, unless there is no such place or another list has it.</summary>
    public bool TryAdd(int place, Guid key, long at)
    {
        if (place >= _chains.Length)
        {
            return false;
        }

        ref int chain = ref ChainOf(key);
        if (!_entries.TryAdd(place, new Entry(key, at, chain)))
        {
            return false;
        }

        // A reader that sees the place must see what is there.
        Volatile.Write(ref chain, place + 1);
        return true;
    }

    /// <summary>
    /// The latest place with this key from <paramref name="start"/> to before <paramref name="end"/>, or -1.
    /// </summary>
    public int Find(Guid key, int start, int end)
    {
        int place = _chains.Length == 0 ? -1 : Volatile.Read(ref ChainOf(key)) - 1;
        while (place >= start && (place >= end || _entries[place].Key != key))
        {
            place = _entries[place].Earlier - 1;
        }

        return place >= start ? place : -1;
    }

    private ref int ChainOf(Guid key) => ref _chains[(int)(unchecked((uint)key.GetHashCode()) % (uint)_chains.Length)];

    /// <param name="Key">The request.</param>
    /// <param name="At">When it was recorded.</param>
    /// <param name="Earlier">The place, plus one, of the next key of the chain; 0 where this is the last.</param>
    private readonly record struct Entry(Guid Key, long At, int Earlier);
}
