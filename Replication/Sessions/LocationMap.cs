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

    private readonly Dictionary<SessionId, Location>?[] _buckets = new Dictionary<SessionId, Location>?[BucketCount];
    private readonly ulong[] _digests = new ulong[BucketCount];
    private readonly PlacementPool _placements = new();

    /// <summary>How many sessions are known, gone ones included.</summary>
    public int Count { get; private set; }

    /// <summary>How many living sessions are recorded.</summary>
    public int LivingCount { get; private set; }

    /// <summary>The digest of each bucket.</summary>
    public IReadOnlyList<ulong> Digests => _digests;

    /// <summary>The digest of the whole map.</summary>
    public ulong Root { get; private set; }

    public static int BucketOf(SessionId session) => (int)(session.Prefix >> 54);

    public ulong[] CopyDigests() => [.. _digests];

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
    public long CopyBytes { get; private set; }

    public int PrimaryCount { get; private set; }

    public int BackupCount { get; private set; }

    /// <summary>Adds a copy; the session must have none.</summary>
    public void AddCopy(SessionCopy copy)
    {
        GetOrAdd(copy.Session).Copy = copy;
        CopyBytes += copy.Bytes;
        CountCopy(copy.IsPrimary, 1);
    }

    /// <summary>Gives a copy another state, and keeps the sum of bytes.</summary>
    public void Update(SessionCopy copy, SessionState state, long sequence)
    {
        CopyBytes += state.Bytes - copy.State.Bytes;
        copy.State = state;
        copy.Sequence = sequence;
    }

    /// <summary>Gives a copy its role, and keeps the counts.</summary>
    public void SetRole(SessionCopy copy, bool isPrimary)
    {
        CountCopy(copy.IsPrimary, -1);
        CountCopy(isPrimary, 1);
        copy.IsPrimary = isPrimary;
    }

    /// <summary>Forgets the copy, and the session as well where nothing is recorded of it.</summary>
    public void RemoveCopy(SessionId session)
    {
        if (TryGet(session, out Location location) && location.Copy is { } copy)
        {
            CopyBytes -= copy.Bytes;
            CountCopy(copy.IsPrimary, -1);
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

    /// <summary>The sessions of a bucket, in their order, so that pages are the same everywhere.</summary>
    public List<SessionId> SessionsOf(int bucket)
    {
        List<SessionId> sessions = _buckets[bucket] is { } found ? [.. found.Keys] : [];
        sessions.Sort();
        return sessions;
    }

    /// <summary>All sessions; the caller may change the map afterwards, not meanwhile.</summary>
    public IEnumerable<KeyValuePair<SessionId, Location>> All()
    {
        foreach (Dictionary<SessionId, Location>? bucket in _buckets)
        {
            if (bucket is not null)
            {
                foreach (KeyValuePair<SessionId, Location> pair in bucket)
                {
                    yield return pair;
                }
            }
        }
    }

    /// <summary>The buckets whose digests differ from those of another map.</summary>
    public List<int> Differing(IReadOnlyList<ulong> others)
    {
        var differing = new List<int>();
        for (int bucket = 0; bucket < BucketCount; bucket++)
        {
            if (bucket >= others.Count || others[bucket] != _digests[bucket])
            {
                differing.Add(bucket);
            }
        }

        return differing;
    }

    private void CountCopy(bool isPrimary, int change)
    {
        PrimaryCount += isPrimary ? change : 0;
        BackupCount += isPrimary ? 0 : change;
    }

    private ref Location GetOrAdd(SessionId session)
    {
        Dictionary<SessionId, Location> bucket = _buckets[BucketOf(session)] ??= [];
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
        _digests[BucketOf(session)] ^= hash;
        Root ^= hash;
    }
}
