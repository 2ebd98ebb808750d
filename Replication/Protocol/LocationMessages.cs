namespace SessionCluster.Replication;

/// <summary>What is recorded of one session.</summary>
/// <param name="Session">The session.</param>
/// <param name="Configuration">Who holds it.</param>
public readonly record struct LocationRecord(SessionId Session, Configuration Configuration);

/// <summary>Record these configurations. A batch is effective when a quorum has recorded it.</summary>
/// <param name="View">The number of the view in which it is recorded.</param>
/// <param name="Batch">Numbers the batch at its sender.</param>
/// <param name="Records">The configurations; never more than <see cref="RecordsMaximum"/>.</param>
public sealed record RecordLocations(long View, long Batch, IReadOnlyList<LocationRecord> Records) : Message
{
    /// <summary>The greatest number of records in one message.</summary>
    public const int RecordsMaximum = 4096;
}

/// <summary>The batch is recorded here.</summary>
/// <param name="View">The number of the view.</param>
/// <param name="Batch">The sender's number of the batch.</param>
public sealed record LocationsRecorded(long View, long Batch) : Message;

/// <summary>"What are the digests of your map?"</summary>
/// <param name="Request">Numbers the question at the asker.</param>
public sealed record MapDigestsRequest(long Request) : Message;

/// <summary>Answers <see cref="MapDigestsRequest"/>.</summary>
/// <param name="Request">The asker's number.</param>
/// <param name="View">The number of the sender's view.</param>
/// <param name="Digests">The digests of the sender's map.</param>
public sealed record MapDigests(long Request, long View, IReadOnlyList<BucketDigest> Digests) : Message;

/// <summary>
/// The digest of one bucket of a location map. Lists of them leave out buckets whose digest is 0, as most are in a
/// small map, and are in order of the buckets.
/// </summary>
/// <param name="Bucket">The bucket, from 0.</param>
/// <param name="Digest">Its digest; not 0.</param>
public readonly record struct BucketDigest(int Bucket, ulong Digest);

/// <summary>"Send me this part of your map."</summary>
/// <param name="Request">Numbers the question at the asker.</param>
/// <param name="Bucket">The bucket, from 0.</param>
/// <param name="After">Only sessions after this one, in their order; the default for the first page.</param>
public sealed record MapPageRequest(long Request, int Bucket, SessionId After) : Message;

/// <summary>Answers <see cref="MapPageRequest"/> with one page of one bucket, in order of the sessions.</summary>
/// <param name="Request">The asker's number.</param>
/// <param name="Bucket">The bucket.</param>
/// <param name="Records">At most <see cref="RecordsMaximum"/> records.</param>
/// <param name="IsLast">Whether the bucket has no more records.</param>
public sealed record MapPage(long Request, int Bucket, IReadOnlyList<LocationRecord> Records, bool IsLast) : Message
{
    /// <summary>The greatest number of records in one page.</summary>
    public const int RecordsMaximum = 1024;
}

/// <summary>"Do you know this session?" Asked by a node that has never heard of it.</summary>
/// <param name="Request">Numbers the question at the asker.</param>
/// <param name="Session">The session.</param>
public sealed record Locate(long Request, SessionId Session) : Message;

/// <summary>Answers <see cref="Locate"/>.</summary>
/// <param name="Request">The asker's number.</param>
/// <param name="Session">The session.</param>
/// <param name="Configuration">What the sender has recorded; counter 0 when it has never heard of the session.</param>
public sealed record Located(long Request, SessionId Session, Configuration Configuration) : Message;
