namespace SessionCluster.Replication;

/// <summary>The messages by which two sides of a division become one.</summary>
internal static class ReunionCodec
{
    public static void Write(ref WireWriter writer, HandIn message)
    {
        writer.Kind(MessageKind.HandIn);
        writer.Number(message.View);
        writer.Session(message.Session);
        PlacementCodec.Write(ref writer, message.Configuration);
        writer.Number(message.Sequence);
        writer.Milliseconds(message.Idle);
        WireWriter.Require(message.State is not null || !message.HasValues, "There are no values without a state.");
        writer.Flag(message.State is not null);
        if (message.State is not null)
        {
            writer.Flag(message.HasValues);
            SessionCodec.Write(ref writer, message.State);
        }
    }

    public static HandIn ReadHandIn(ref WireReader reader)
    {
        long view = reader.Number();
        SessionId session = reader.Session();
        Configuration configuration = PlacementCodec.ReadConfiguration(ref reader);
        long sequence = reader.Number();
        TimeSpan idle = reader.Milliseconds();
        bool hasState = reader.Flag();
        bool hasValues = hasState && reader.Flag();
        SessionState? state = hasState ? SessionCodec.ReadState(ref reader) : null;
        return new HandIn(view, session, configuration, sequence, idle, state, hasValues);
    }

    public static void Write(ref WireWriter writer, HandedIn message)
    {
        bool isElsewhere = message.Verdict == HandInVerdict.Elsewhere;
        WireWriter.Require(isElsewhere || message.Owner == default, "Nobody else is to be asked.");
        writer.Kind(MessageKind.HandedIn);
        writer.Session(message.Session);
        writer.Number(message.Sequence);
        writer.Byte((byte)message.Verdict);
        if (isElsewhere)
        {
            PlacementCodec.Write(ref writer, message.Owner);
        }
    }

    public static HandedIn ReadHandedIn(ref WireReader reader)
    {
        SessionId session = reader.Session();
        long sequence = reader.Number();
        var verdict = (HandInVerdict)reader.Choice((byte)HandInVerdict.Elsewhere);
        Member owner = verdict == HandInVerdict.Elsewhere ? PlacementCodec.ReadMember(ref reader) : default;
        return new HandedIn(session, sequence, verdict, owner);
    }
}
