namespace SessionCluster.Replication.Protocol;

/// <summary>What becomes of a page's records.</summary>
internal enum PullMode
{
    /// <summary>Newer records are taken; nothing is forgotten.</summary>
    Merge,

    /// <summary>
    /// The same for the map that a view begins with: that a session is lost is taken also where nothing is known of it.
    /// </summary>
    Gather,

    /// <summary>The bucket becomes what the other has: the other's map is the truth.</summary>
    Replace,
}

/// <summary>How a copy of another member's map ended.</summary>
/// <param name="IsComplete">Whether everything came.</param>
/// <param name="Taken">How many records were news, unless the bucket was replaced.</param>
/// <param name="Grown">The buckets in which one was of a session of which nothing was recorded here.</param>
internal readonly record struct PullResult(bool IsComplete, int Taken, IReadOnlyCollection<int> Grown);

/// <summary>One running copy of the differing part of another member's map.</summary>
internal sealed class MapPull(long request, Member from, PullMode mode, Action<PullResult> completed, Instant startedAt)
{
    private readonly Queue<int> _buckets = new();
    private readonly Dictionary<int, List<LocationRecord>> _partial = [];

    /// <summary>The buckets of which a page is awaited, and after which session that begins.</summary>
    private readonly Dictionary<int, SessionId> _asked = [];

    public long Request { get; } = request;

    public Member From { get; } = from;

    public PullMode Mode { get; } = mode;

    /// <summary>Called once.</summary>
    public Action<PullResult> Completed { get; } = completed;

    /// <summary>How many records were news, unless the bucket was replaced.</summary>
    public int Taken { get; set; }

    /// <summary>The buckets in which one of them was of a session of which nothing was recorded here.</summary>
    public HashSet<int> Grown { get; } = [];

    /// <summary>When the last page came.</summary>
    public Instant LastProgress { get; set; } = startedAt;

    /// <summary>How many pages were asked for and have not come.</summary>
    public int Outstanding => _asked.Count;

    public bool IsDone => _buckets.Count == 0 && Outstanding == 0;

    public void Add(IEnumerable<int> buckets)
    {
        foreach (int bucket in buckets)
        {
            _buckets.Enqueue(bucket);
        }
    }

    public bool TryTakeBucket(out int bucket) => _buckets.TryDequeue(out bucket);

    /// <summary>Notes that the next page of a bucket is asked for.</summary>
    public void Ask(int bucket, SessionId after) => _asked.Add(bucket, after);

    /// <summary>Takes the page that was asked for; one that comes twice must not count for another that was lost.</summary>
    /// <returns>Whether it was awaited.</returns>
    public bool TryTake(MapPage page)
    {
        bool isAwaited = _asked.TryGetValue(page.Bucket, out SessionId after)
            && (after == default || page.Records.Count == 0 || page.Records[0].Session.CompareTo(after) > 0);
        return isAwaited && _asked.Remove(page.Bucket);
    }

    /// <summary>Gathers the pages of a bucket.</summary>
    /// <returns>All records of the bucket when the last page has come; else nothing.</returns>
    public List<LocationRecord>? Gather(MapPage page)
    {
        if (!_partial.TryGetValue(page.Bucket, out List<LocationRecord>? records))
        {
            _partial.Add(page.Bucket, records = []);
        }

        records.AddRange(page.Records);
        if (!page.IsLast)
        {
            return null;
        }

        _partial.Remove(page.Bucket);
        return records;
    }
}
