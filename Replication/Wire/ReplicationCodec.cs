namespace SessionCluster.Replication;

/// <summary>The messages of the flow from a primary to its holders; of all the most frequent.</summary>
internal static class ReplicationCodec
{
    private const byte PayloadMask = 0b0000_0011;
    private const byte NoPayload = 0;
    private const byte DeltaPayload = 1;
    private const byte FullPayload = 2;
    private const byte HasConfiguration = 0b0000_0100;

    /// <summary>Set where the base is not the sequence just before, which it is in almost every commit.</summary>
    private const byte HasBase = 0b0000_1000;

    private const byte Marked = 0b0001_0000;
    private const byte FlagsMaximum = 0b0001_1111;

    /// <summary>The least bytes of a touch.</summary>
    private const int TouchBytes = sizeof(ulong) + 1;

    public static void Write(ref WireWriter writer, Replicate message)
    {
        writer.Kind(MessageKind.Replicate);
        (SessionDelta? delta, SessionState? full) = (message.Payload.Delta, message.Payload.Full);
        WireWriter.Require(delta is null || full is null, "A payload is a delta and a full state at once.");
        bool hasBase = message.BaseSequence != message.Version.Sequence - 1;
        int flags = (delta is not null ? DeltaPayload : full is not null ? FullPayload : NoPayload)
            | (message.Configuration is null ? 0 : HasConfiguration)
            | (hasBase ? HasBase : 0)
            | (message.IsMarked ? Marked : 0);
        WireWriter.Require(delta is not null || !message.IsMarked, "Nothing is marked but a delta.");

        writer.Session(message.Session);
        writer.Number(message.Work);
        Write(ref writer, message.Version);
        writer.Byte((byte)flags);
        if (hasBase)
        {
            writer.Signed(message.BaseSequence);
        }

        writer.Milliseconds(message.Idle);
        if (delta is not null)
        {
            SessionCodec.Write(ref writer, delta);
        }
        else if (full is not null)
        {
            SessionCodec.Write(ref writer, full);
        }

        if (message.Configuration is { } configuration)
        {
            PlacementCodec.Write(ref writer, configuration);
        }

        if (message.Configuration is not null || message.IsMarked)
        {
            writer.Number(message.View);
        }
    }

    public static Replicate ReadReplicate(ref WireReader reader)
    {
        SessionId session = reader.Session();
        long work = reader.Number();
        HolderVersion version = ReadVersion(ref reader);
        byte flags = reader.Choice(FlagsMaximum);
        long baseSequence = (flags & HasBase) == 0 ? version.Sequence - 1 : reader.Signed();
        if ((flags & HasBase) != 0 && baseSequence == version.Sequence - 1)
        {
            reader.Fail(WireError.BadNumber);
        }

        TimeSpan idle = reader.Milliseconds();
        ReplicatePayload payload = ReadPayload(ref reader, flags & PayloadMask);
        bool isMarked = (flags & Marked) != 0;
        if (isMarked && payload.Delta is null)
        {
            reader.Fail(WireError.BadChoice);
        }

        Configuration? configuration = (flags & HasConfiguration) == 0
            ? null : PlacementCodec.ReadConfiguration(ref reader);
        long view = configuration is not null || isMarked ? reader.Number() : 0;
        return isMarked
            ? new Replicate(session, version, baseSequence, payload, idle, configuration, view)
            {
                IsMarked = true,
                Work = work,
            }
            : reader.Cache.Replicate(session, version, baseSequence, payload, idle, configuration, view, work);
    }

    public static void Write(ref WireWriter writer, Replicated message)
    {
        writer.Kind(MessageKind.Replicated);
        writer.Number(message.Work);
        Write(ref writer, message.Version);
    }

    public static Replicated ReadReplicated(ref WireReader reader) =>
        reader.Cache.Replicated(reader.Number(), ReadVersion(ref reader));

    public static void Write(ref WireWriter writer, NeedFull message)
    {
        writer.Kind(MessageKind.NeedFull);
        writer.Session(message.Session);
        Write(ref writer, message.Version);
    }

    public static NeedFull ReadNeedFull(ref WireReader reader) =>
        new(reader.Session(), ReadVersion(ref reader));

    public static void Write(ref WireWriter writer, Stale message)
    {
        writer.Kind(MessageKind.Stale);
        writer.Number(message.View);
        writer.Session(message.Session);
        PlacementCodec.Write(ref writer, message.Configuration);
    }

    public static Stale ReadStale(ref WireReader reader) =>
        new(reader.Number(), reader.Session(), PlacementCodec.ReadConfiguration(ref reader));

    public static void Write(ref WireWriter writer, Touched message)
    {
        writer.Kind(MessageKind.Touched);
        writer.Count(message.Touches.Count, Touched.TouchesMaximum);
        for (int index = 0; index < message.Touches.Count; index++)
        {
            writer.Bits(message.Touches[index].Session);
            writer.Milliseconds(message.Touches[index].Idle);
        }
    }

    public static Touched ReadTouched(ref WireReader reader)
    {
        var touches = new Touch[reader.Count(Touched.TouchesMaximum, TouchBytes)];
        for (int index = 0; index < touches.Length && !reader.Failed; index++)
        {
            touches[index] = new Touch(reader.Bits(), reader.Milliseconds());
        }

        return new Touched(touches);
    }

    public static void Write(ref WireWriter writer, CopyDigests message)
    {
        writer.Kind(MessageKind.CopyDigests);
        writer.Number(message.View);
        WireWriter.Require(
            message.FirstPart >= 0 && message.FirstPart + message.Digests.Count <= CopyDigests.Parts,
            "There are not so many parts.");
        writer.Byte((byte)message.FirstPart);
        writer.Count(message.Digests.Count, CopyDigests.Parts);
        for (int index = 0; index < message.Digests.Count; index++)
        {
            writer.Bits(message.Digests[index]);
        }
    }

    public static CopyDigests ReadCopyDigests(ref WireReader reader)
    {
        long view = reader.Number();
        byte firstPart = reader.Choice(CopyDigests.Parts - 1);
        var digests = new ulong[reader.Count(CopyDigests.Parts - firstPart, sizeof(ulong))];
        for (int index = 0; index < digests.Length && !reader.Failed; index++)
        {
            digests[index] = reader.Bits();
        }

        return new CopyDigests(view, firstPart, digests);
    }

    private static void Write(ref WireWriter writer, HolderVersion version)
    {
        writer.Number(version.Counter);
        writer.Number(version.Sequence);
    }

    private static HolderVersion ReadVersion(ref WireReader reader) => new(reader.Number(), reader.Number());

    private static ReplicatePayload ReadPayload(ref WireReader reader, int kind)
    {
        switch (kind)
        {
            case NoPayload:
                return default;
            case DeltaPayload:
                return new ReplicatePayload(SessionCodec.ReadDelta(ref reader), null);
            case FullPayload:
                return new ReplicatePayload(null, SessionCodec.ReadState(ref reader));
            default:
                reader.Fail(WireError.BadChoice);
                return default;
        }
    }
}
