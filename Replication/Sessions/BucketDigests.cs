namespace SessionCluster.Replication.Sessions;

/// <summary>
/// A digest of each bucket of a map, and one of the whole: the exclusive or of all that is in it, so that it does not
/// depend on the order in which that came.
/// </summary>
/// <param name="count">How many buckets there are.</param>
internal sealed class BucketDigests(int count)
{
    private readonly ulong[] _digests = new ulong[count];
    private BucketDigest[]? _copy;

    /// <summary>The digest of all buckets together.</summary>
    public ulong Root { get; private set; }

    /// <summary>Adds something to a bucket, or takes it away where it was in it.</summary>
    public void Toggle(int bucket, ulong hash)
    {
        _digests[bucket] ^= hash;
        _copy = null;
        Root ^= hash;
    }

    /// <summary>The digests as they are now, but for those that are 0; in order of the buckets.</summary>
    public IReadOnlyList<BucketDigest> Copy()
    {
        if (_copy is null)
        {
            var digests = new List<BucketDigest>();
            for (int bucket = Next(0); bucket < count; bucket = Next(bucket + 1))
            {
                digests.Add(new BucketDigest(bucket, _digests[bucket]));
            }

            _copy = [.. digests];
        }

        return _copy;
    }

    /// <summary>The buckets whose digests differ from those of another map.</summary>
    /// <param name="others">The other's digests that are not 0, in order of the buckets.</param>
    public List<int> Differing(IReadOnlyList<BucketDigest> others)
    {
        var differing = new List<int>();
        IReadOnlyList<BucketDigest> own = Copy();
        int mine = 0;
        int its = 0;
        while (mine < own.Count || its < others.Count)
        {
            int bucket = Math.Min(
                mine < own.Count ? own[mine].Bucket : count, its < others.Count ? others[its].Bucket : count);
            if (bucket >= count)
            {
                break;
            }

            ulong here = mine < own.Count && own[mine].Bucket == bucket ? own[mine++].Digest : 0;
            ulong there = its < others.Count && others[its].Bucket == bucket ? others[its++].Digest : 0;
            if (here != there)
            {
                differing.Add(bucket);
            }
        }

        return differing;
    }

    /// <summary>The first bucket from one on that has a digest; the count of buckets where none has.</summary>
    private int Next(int bucket)
    {
        int found = _digests.AsSpan(bucket).IndexOfAnyExcept(0UL);
        return found < 0 ? count : bucket + found;
    }
}
