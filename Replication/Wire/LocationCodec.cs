namespace SessionCluster.Replication;

/// <summary>The messages about who holds which session.</summary>
internal static class LocationCodec
{
    /// <summary>The least bytes of a record: the session, the counter, the number of its placement.</summary>
    private const int RecordBytes = SessionId.Length + 2;

    /// <summary>So many placements occur in a message as a rule, at most.</summary>
    private const int UsualPlacements = 4;

    /// <summary>The least bytes of a digest: the gap before its bucket, and its bits.</summary>
    private const int DigestBytes = 1 + sizeof(ulong);

    public static void Write(ref WireWriter writer, RecordLocations message)
    {
        writer.Kind(MessageKind.RecordLocations);
        writer.Number(message.View);
        writer.Number(message.Batch);
        Write(ref writer, message.Records, RecordLocations.RecordsMaximum);
    }

    public static RecordLocations ReadRecordLocations(ref WireReader reader) =>
        new(reader.Number(), reader.Number(), ReadRecords(ref reader, RecordLocations.RecordsMaximum));

    public static void Write(ref WireWriter writer, LocationsRecorded message)
    {
        writer.Kind(MessageKind.LocationsRecorded);
        writer.Number(message.View);
        writer.Number(message.Batch);
    }

    public static LocationsRecorded ReadLocationsRecorded(ref WireReader reader) =>
        new(reader.Number(), reader.Number());

    public static void Write(ref WireWriter writer, MapDigestsRequest message)
    {
        writer.Kind(MessageKind.MapDigestsRequest);
        writer.Number(message.Request);
    }

    public static MapDigestsRequest ReadMapDigestsRequest(ref WireReader reader) => new(reader.Number());

    public static void Write(ref WireWriter writer, MapDigests message)
    {
        writer.Kind(MessageKind.MapDigests);
        writer.Number(message.Request);
        writer.Number(message.View);
        Write(ref writer, message.Digests);
    }

    public static MapDigests ReadMapDigests(ref WireReader reader) =>
        new(reader.Number(), reader.Number(), ReadDigests(ref reader));

    public static void Write(ref WireWriter writer, MapPageRequest message)
    {
        writer.Kind(MessageKind.MapPageRequest);
        writer.Number(message.Request);
        writer.Count(message.Bucket, WireLimits.Digests - 1);
        writer.Session(message.After);
    }

    public static MapPageRequest ReadMapPageRequest(ref WireReader reader) =>
        new(reader.Number(), ReadBucket(ref reader), reader.Session());

    public static void Write(ref WireWriter writer, MapPage message)
    {
        writer.Kind(MessageKind.MapPage);
        writer.Number(message.Request);
        writer.Count(message.Bucket, WireLimits.Digests - 1);
        writer.Flag(message.IsLast);
        Write(ref writer, message.Records, MapPage.RecordsMaximum);
    }

    public static MapPage ReadMapPage(ref WireReader reader)
    {
        long request = reader.Number();
        int bucket = ReadBucket(ref reader);
        bool isLast = reader.Flag();
        return new MapPage(request, bucket, ReadRecords(ref reader, MapPage.RecordsMaximum), isLast);
    }

    public static void Write(ref WireWriter writer, Locate message)
    {
        writer.Kind(MessageKind.Locate);
        writer.Number(message.Request);
        writer.Session(message.Session);
    }

    public static Locate ReadLocate(ref WireReader reader) => new(reader.Number(), reader.Session());

    public static void Write(ref WireWriter writer, Located message)
    {
        writer.Kind(MessageKind.Located);
        writer.Number(message.Request);
        writer.Session(message.Session);
        PlacementCodec.Write(ref writer, message.Configuration);
    }

    public static Located ReadLocated(ref WireReader reader) =>
        new(reader.Number(), reader.Session(), PlacementCodec.ReadConfiguration(ref reader));

    /// <summary>
    /// Only buckets with a digest are written, each with the number of buckets between it and the one before.
    /// </summary>
    public static void Write(ref WireWriter writer, IReadOnlyList<BucketDigest> digests)
    {
        writer.Count(digests.Count, WireLimits.Digests);
        int next = 0;
        for (int index = 0; index < digests.Count; index++)
        {
            BucketDigest digest = digests[index];
            WireWriter.Require(digest.Bucket >= next && digest.Digest != 0, "Digests are not in order, or one is 0.");
            WireWriter.Require(
                digest.Bucket < WireLimits.Digests, "A bucket's number is larger than a message may carry.");
            writer.Number(digest.Bucket - next);
            writer.Bits(digest.Digest);
            next = digest.Bucket + 1;
        }
    }

    public static BucketDigest[] ReadDigests(ref WireReader reader)
    {
        var digests = new BucketDigest[reader.Count(WireLimits.Digests, DigestBytes)];
        int next = 0;
        for (int index = 0; index < digests.Length && !reader.Failed; index++)
        {
            int bucket = next + reader.Count(WireLimits.Digests, elementBytes: 0);
            digests[index] = new BucketDigest(bucket, reader.Bits());
            next = bucket + 1;
            if (next > WireLimits.Digests)
            {
                reader.Fail(WireError.LimitExceeded);
            }
            else if (digests[index].Digest == 0)
            {
                reader.Fail(WireError.BadNumber);
            }
        }

        return digests;
    }

    private static int ReadBucket(ref WireReader reader) => reader.Count(WireLimits.Digests - 1, elementBytes: 0);

    /// <summary>
    /// A few placements serve very many sessions. So each is written once, behind the first record that has it, and
    /// numbered in that order: a record costs 35 bytes, and the receiver makes one object a placement.
    /// </summary>
    private static void Write(ref WireWriter writer, IReadOnlyList<LocationRecord> records, int maximum)
    {
        writer.Count(records.Count, maximum);
        Dictionary<Placement, int>? numbers = records.Count > 1 ? [] : null;
        for (int index = 0; index < records.Count; index++)
        {
            LocationRecord record = records[index];
            Placement placement = record.Configuration.Placement ?? Placement.Removed;
            writer.Session(record.Session);
            writer.Number(record.Configuration.Counter);
            int next = numbers?.Count ?? 0;
            if (numbers is not null && numbers.TryGetValue(placement, out int number))
            {
                writer.Number(number);
                continue;
            }

            writer.Number(next);
            numbers?.Add(placement, next);
            PlacementCodec.Write(ref writer, placement);
        }
    }

    private static LocationRecord[] ReadRecords(ref WireReader reader, int maximum)
    {
        var records = new LocationRecord[reader.Count(maximum, RecordBytes)];
        var placements = new List<Placement>(Math.Min(records.Length, UsualPlacements));
        for (int index = 0; index < records.Length && !reader.Failed; index++)
        {
            SessionId session = reader.Session();
            long counter = reader.Number();
            int number = reader.Count(placements.Count, elementBytes: 0);
            if (number == placements.Count)
            {
                placements.Add(PlacementCodec.ReadPlacement(ref reader));
            }

            records[index] = new LocationRecord(session, new Configuration(counter, placements[number]));
        }

        return records;
    }
}
