using System.Numerics;
using System.Runtime.InteropServices;

namespace SessionCluster.Replication.Sessions;

/// <summary>
/// The register of configurations, in buckets by the first bits of the session's identifier, each with a digest: two
/// members compare their maps by 1,024 numbers. Digests leave out sessions that were removed, so that each member may
/// forget those in its own time.
/// </summary>
internal sealed class LocationMap
{
    public const int BucketCount = 1024;

    private const int BitsPerWord = 64;

    /// <summary>
    /// A full bucket grows by a fourth. By itself it would double, and a third of all memory for locations be empty.
    /// </summary>
    private const int GrowthDivisor = 4;

    private readonly Dictionary<SessionId, Location>?[] _buckets = new Dictionary<SessionId, Location>?[BucketCount];
    private readonly BucketDigests _digests = new(BucketCount);

    /// <summary>
    /// A bit for each bucket that was ever used, so that a map of few sessions is walked through quickly.
    /// </summary>
    private readonly ulong[] _used = new ulong[BucketCount / BitsPerWord];
    private readonly PlacementPool _placements = new();
    private readonly CopyCounts _copies = new();

    /// <summary>How many sessions are known, gone ones included.</summary>
    public int Count { get; private set; }

    /// <summary>How many living sessions are recorded.</summary>
    public int LivingCount { get; private set; }

    /// <summary>The digest of the whole map.</summary>
    public ulong Root => _digests.Root;

    public static int BucketOf(SessionId session) => BucketOf(session.Prefix);

    private static int BucketOf(ulong prefix) => (int)(prefix >> 54);

    /// <summary>
    /// The digests of the buckets as they are now, but for those that are 0; in order of the buckets.
    /// </summary>
    public IReadOnlyList<BucketDigest> CopyDigests() => _digests.Copy();

    /// <summary>
    /// Digests that differ from those of any map in all buckets with sessions that have ended, so that whoever compares
    /// them learns of those.
    /// </summary>
    public IReadOnlyList<BucketDigest> CopyDigestsWithEnds()
    {
        var digests = new SortedDictionary<int, ulong>(
            CopyDigests().ToDictionary(digest => digest.Bucket, digest => digest.Digest));
        foreach ((SessionId session, Location location) in All())
        {
            if (location.Placement is { IsRemoved: true })
            {
                ulong hash = StableHash.Add(session.Prefix, (ulong)location.Counter);
                int bucket = BucketOf(session);
                digests[bucket] = Math.Max(1, digests.GetValueOrDefault(bucket) ^ StableHash.Mix(hash));
            }
        }

        return [.. digests.Select(static digest => new BucketDigest(digest.Key, digest.Value))];
    }

    public bool TryGet(SessionId session, out Location location)
    {
        if (_buckets[BucketOf(session)] is { } bucket)
        {
            return bucket.TryGetValue(session, out location);
        }

        location = default;
        return false;
    }

    public SessionCopy? CopyOf(SessionId session) => TryGet(session, out Location location) ? location.Copy : null;

    /// <summary>The copy of the session whose identifier begins so; of any of several, which will not be met.</summary>
    public SessionCopy? CopyOf(ulong prefix) => _buckets[BucketOf(prefix)] is { } bucket
        && bucket.GetAlternateLookup<ulong>().TryGetValue(prefix, out Location location)
            ? location.Copy
            : null;

    /// <summary>The one object for all sessions with these holders.</summary>
    public Placement Shared(Placement placement) => _placements.Shared(placement);

    /// <summary>Sets what is recorded, whatever was before.</summary>
    public void Record(SessionId session, Configuration configuration)
    {
        ref Location location = ref GetOrAdd(session);
        Toggle(session, location, -1);
        location.Counter = configuration.Counter;
        location.Placement = configuration.Counter == 0 ? null : _placements.Shared(configuration.Placement);
        Toggle(session, location, 1);
    }

    /// <summary>Records unless something newer is recorded.</summary>
    /// <returns>Whether it was newer.</returns>
    public bool RecordIfNewer(SessionId session, Configuration configuration)
    {
        if (TryGet(session, out Location known) && known.IsRecorded && !configuration.IsNewerThan(known.Configuration))
        {
            return false;
        }

        Record(session, configuration);
        return true;
    }

    /// <summary>The bytes of all copies, an overhead for each included.</summary>
    public long CopyBytes => _copies.Bytes;

    public int PrimaryCount => _copies.Primaries;

    public int BackupCount => _copies.Backups;

    /// <summary>Adds a copy; the session must have none.</summary>
    public void AddCopy(SessionCopy copy)
    {
        GetOrAdd(copy.Session).Copy = copy;
        _copies.Add(copy);
    }

    /// <summary>Gives a copy another state, and keeps the sum of bytes.</summary>
    public void Update(SessionCopy copy, SessionState state, long sequence)
    {
        _copies.Grow(state.Bytes - copy.State.Bytes);
        copy.State = state;
        copy.Sequence = sequence;
    }

    /// <summary>Gives a copy its role, and keeps the counts.</summary>
    public void SetRole(SessionCopy copy, bool isPrimary)
    {
        _copies.Remove(copy);
        copy.IsPrimary = isPrimary;
        _copies.Add(copy);
    }

    /// <summary>Gives a copy the configuration that is in force or was told, and keeps the counts.</summary>
    public void Configure(SessionCopy copy, Configuration configuration)
    {
        _copies.Remove(copy);
        copy.Configuration = configuration;
        _copies.Add(copy);
    }

    /// <summary>How many primaries have holders for which this is so.</summary>
    public int CountPrimaries(Func<Placement, bool> isSo) => _copies.CountPrimaries(isSo);

    /// <summary>Forgets the copy, and the session as well where nothing is recorded of it.</summary>
    public void RemoveCopy(SessionId session)
    {
        if (TryGet(session, out Location location) && location.Copy is { } copy)
        {
            _copies.Remove(copy);
            GetOrAdd(session).Copy = null;
            if (!location.IsRecorded)
            {
                Forget(session);
            }
        }
    }

    /// <summary>Forgets the session. It must have no copy.</summary>
    public void Forget(SessionId session)
    {
        if (_buckets[BucketOf(session)] is { } bucket && bucket.Remove(session, out Location location))
        {
            Toggle(session, location, -1);
            Count--;
        }
    }

    /// <summary>
    /// The sessions of a bucket, in their order, so that pages are the same everywhere; none of a bucket that no map
    /// has.
    /// </summary>
    public List<SessionId> SessionsOf(int bucket)
    {
        List<SessionId> sessions = bucket < BucketCount && _buckets[bucket] is { } found ? [.. found.Keys] : [];
        sessions.Sort();
        return sessions;
    }

    /// <summary>All sessions; the caller may change the map afterwards, not meanwhile.</summary>
    public LocationsOfMap All() => new(this, 0, BucketCount);

    /// <summary>The sessions of one of equal parts of the buckets.</summary>
    /// <param name="part">The number of the part, from 0.</param>
    /// <param name="parts">How many there are; a power of two.</param>
    public LocationsOfMap Part(int part, int parts) =>
        new(this, part * (BucketCount / parts), (part + 1) * (BucketCount / parts));

    /// <summary>The sessions of whole buckets from one on, so many or somewhat more, or all that are left.</summary>
    /// <param name="bucket">Where to begin; the number of the bucket behind them, or the count of buckets.</param>
    /// <param name="sessions">How many.</param>
    public LocationsOfMap From(ref int bucket, int sessions)
    {
        int first = bucket;
        int found = 0;
        for (bucket = NextUsed(bucket); bucket < BucketCount && found < sessions; bucket = NextUsed(bucket + 1))
        {
            found += _buckets[bucket]!.Count;
        }

        return new LocationsOfMap(this, first, bucket);
    }

    /// <summary>
    /// The sessions of the first bucket from <paramref name="bucket"/> on that was ever used; nothing where none is.
    /// </summary>
    /// <param name="bucket">Where to begin; the number of the bucket behind the one that was found.</param>
    public Dictionary<SessionId, Location>? NextBucket(ref int bucket)
    {
        int found = NextUsed(bucket);
        bucket = found + 1;
        return found < BucketCount ? _buckets[found] : null;
    }

    /// <summary>The buckets whose digests differ from those of another map.</summary>
    /// <param name="others">The other's digests that are not 0, in order of the buckets.</param>
    public List<int> Differing(IReadOnlyList<BucketDigest> others) => _digests.Differing(others);

    /// <summary>
    /// The first bucket from <paramref name="bucket"/> on that was ever used; the count of buckets where none is.
    /// </summary>
    private int NextUsed(int bucket)
    {
        while (bucket < BucketCount)
        {
            ulong rest = _used[bucket / BitsPerWord] >> (bucket % BitsPerWord);
            if (rest != 0)
            {
                return bucket + BitOperations.TrailingZeroCount(rest);
            }

            bucket += BitsPerWord - (bucket % BitsPerWord);
        }

        return BucketCount;
    }

    private ref Location GetOrAdd(SessionId session)
    {
        int number = BucketOf(session);
        Dictionary<SessionId, Location> bucket = _buckets[number] ??= new(PrefixComparer.Instance);
        _used[number / BitsPerWord] |= 1UL << (number % BitsPerWord);
        if (bucket.Count == bucket.Capacity)
        {
            bucket.EnsureCapacity(bucket.Count + (bucket.Count / GrowthDivisor) + 1);
        }

        ref Location location = ref CollectionsMarshal.GetValueRefOrAddDefault(bucket, session, out bool exists);
        Count += exists ? 0 : 1;
        return ref location;
    }

    /// <summary>Adds a location to the digests and the count of living ones, or takes it away.</summary>
    private void Toggle(SessionId session, in Location location, int change)
    {
        if (location.Placement is not { IsRemoved: false } placement)
        {
            return;
        }

        LivingCount += placement.IsAlive ? change : 0;
        ulong hash = StableHash.Add(session.Prefix, (ulong)location.Counter);
        hash = StableHash.Add(hash, PlacementPool.HashOf(placement));
        _digests.Toggle(BucketOf(session), hash);
    }
}
