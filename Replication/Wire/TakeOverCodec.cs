namespace SessionCluster.Replication;

/// <summary>The messages by which a session gets another primary.</summary>
internal static class TakeOverCodec
{
    public static void Write(ref WireWriter writer, TakeOver message)
    {
        writer.Kind(MessageKind.TakeOver);
        writer.Number(message.View);
        writer.Session(message.Session);
    }

    public static TakeOver ReadTakeOver(ref WireReader reader) => new(reader.Number(), reader.Session());

    public static void Write(ref WireWriter writer, HandOver message)
    {
        writer.Kind(MessageKind.HandOver);
        writer.Number(message.View);
        writer.Session(message.Session);
        PlacementCodec.Write(ref writer, message.Current);
        PlacementCodec.Write(ref writer, message.Next);
        writer.Number(message.Sequence);
        writer.Milliseconds(message.Idle);
        SessionCodec.Write(ref writer, message.State);
    }

    public static HandOver ReadHandOver(ref WireReader reader)
    {
        long view = reader.Number();
        SessionId session = reader.Session();
        Configuration current = PlacementCodec.ReadConfiguration(ref reader);
        Configuration next = PlacementCodec.ReadConfiguration(ref reader);
        long sequence = reader.Number();
        TimeSpan idle = reader.Milliseconds();
        return new HandOver(view, session, current, next, sequence, SessionCodec.ReadState(ref reader), idle);
    }

    public static void Write(ref WireWriter writer, Moved message)
    {
        writer.Kind(MessageKind.Moved);
        writer.Session(message.Session);
        PlacementCodec.Write(ref writer, message.Configuration);
    }

    public static Moved ReadMoved(ref WireReader reader) =>
        new(reader.Session(), PlacementCodec.ReadConfiguration(ref reader));

    public static void Write(ref WireWriter writer, ForwardCommit message)
    {
        writer.Kind(MessageKind.ForwardCommit);
        writer.Number(message.Request);
        writer.Session(message.Session);
        writer.Flag(message.Removes);
        writer.Signed(message.HeardAt.Ticks);
        SessionCodec.Write(ref writer, message.Delta);
    }

    public static ForwardCommit ReadForwardCommit(ref WireReader reader)
    {
        long request = reader.Number();
        SessionId session = reader.Session();
        bool removes = reader.Flag();
        var heardAt = new Instant(reader.Signed());
        return new ForwardCommit(request, session, SessionCodec.ReadDelta(ref reader), removes, heardAt);
    }

    public static void Write(ref WireWriter writer, ForwardedCommit message)
    {
        writer.Kind(MessageKind.ForwardedCommit);
        writer.Number(message.Request);
        writer.Byte((byte)message.Result);
        PlacementCodec.Write(ref writer, message.Version);
    }

    public static void Write(ref WireWriter writer, ReturnedCommit message)
    {
        writer.Kind(MessageKind.ReturnedCommit);
        writer.Number(message.Request);
    }

    public static ForwardedCommit ReadForwardedCommit(ref WireReader reader)
    {
        long request = reader.Number();
        var result = (CommitResult)reader.Choice((byte)CommitResult.Repeated);
        return new ForwardedCommit(request, result, PlacementCodec.ReadVersion(ref reader));
    }
}
