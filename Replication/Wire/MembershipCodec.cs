namespace SessionCluster.Replication;

/// <summary>The messages by which members know of each other and agree on views.</summary>
internal static class MembershipCodec
{
    /// <summary>The least bytes of a name: its length, and a character.</summary>
    private const int NodeBytes = 2;

    /// <summary>The least bytes of a member of a view: the member and its role.</summary>
    private const int ViewMemberBytes = PlacementCodec.MemberBytes + 1;

    private const byte HasAnswer = 1;
    private const byte Urgent = 2;

    public static void Write(ref WireWriter writer, Heartbeat message)
    {
        writer.Kind(MessageKind.Heartbeat);
        writer.Number(message.View);
        writer.Byte((byte)message.Status);
        writer.Signed(message.SentAt.Ticks);
        writer.Number(message.BytesHeld);
        writer.Bits(message.MapDigest);
        writer.Byte((byte)((message.Answers is null ? 0 : HasAnswer) | (message.IsUrgent ? Urgent : 0)));
        if (message.Answers is { } answers)
        {
            writer.Signed(answers.Ticks);
        }

        writer.Count(message.Suspects.Count, WireLimits.ViewMembers);
        for (int index = 0; index < message.Suspects.Count; index++)
        {
            WireWriter.Require(message.Suspects[index] != default, "A suspect has no name.");
            writer.Node(message.Suspects[index]);
        }
    }

    public static Heartbeat ReadHeartbeat(ref WireReader reader)
    {
        long view = reader.Number();
        var status = (MemberStatus)reader.Choice((byte)MemberStatus.Leaving);
        var sentAt = new Instant(reader.Signed());
        long bytesHeld = reader.Number();
        ulong mapDigest = reader.Bits();
        byte flags = reader.Choice(HasAnswer | Urgent);
        Instant? answers = (flags & HasAnswer) == 0 ? null : new Instant(reader.Signed());
        int count = reader.Count(WireLimits.ViewMembers, NodeBytes);
        NodeId[] suspects = count == 0 ? [] : new NodeId[count];
        for (int index = 0; index < suspects.Length && !reader.Failed; index++)
        {
            suspects[index] = reader.Node();
            if (suspects[index] == default)
            {
                reader.Fail(WireError.BadName);
            }
        }

        return reader.Cache.Heartbeat(
            view, status, sentAt, bytesHeld, mapDigest, answers, (flags & Urgent) != 0, suspects);
    }

    public static void Write(ref WireWriter writer, HeartbeatAcknowledged message)
    {
        writer.Kind(MessageKind.HeartbeatAcknowledged);
        writer.Number(message.View);
        writer.Signed(message.SentAt.Ticks);
    }

    public static HeartbeatAcknowledged ReadHeartbeatAcknowledged(ref WireReader reader) =>
        new(reader.Number(), new Instant(reader.Signed()));

    public static void Write(ref WireWriter writer, JoinRequest message)
    {
        writer.Kind(MessageKind.JoinRequest);
        writer.Number(message.View);
        writer.Byte((byte)message.Role);
    }

    public static JoinRequest ReadJoinRequest(ref WireReader reader) => new(reader.Number(), ReadRole(ref reader));

    public static void Write(ref WireWriter writer, ViewPrepare message)
    {
        writer.Kind(MessageKind.ViewPrepare);
        writer.Number(message.Number);
        Write(ref writer, message.Ballot);
        PlacementCodec.Write(ref writer, message.Silent);
    }

    public static ViewPrepare ReadViewPrepare(ref WireReader reader) =>
        new(reader.Number(), ReadBallot(ref reader), PlacementCodec.ReadMembers(ref reader));

    public static void Write(ref WireWriter writer, ViewPromise message)
    {
        writer.Kind(MessageKind.ViewPromise);
        writer.Number(message.Number);
        Write(ref writer, message.Ballot);
        Write(ref writer, message.AcceptedBallot);
        writer.Flag(message.AcceptedView is not null);
        if (message.AcceptedView is not null)
        {
            Write(ref writer, message.AcceptedView);
        }

        LocationCodec.Write(ref writer, message.Digests);
    }

    public static ViewPromise ReadViewPromise(ref WireReader reader)
    {
        long number = reader.Number();
        Ballot ballot = ReadBallot(ref reader);
        Ballot acceptedBallot = ReadBallot(ref reader);
        View? acceptedView = reader.Flag() ? ReadView(ref reader) : null;
        return new ViewPromise(number, ballot, acceptedBallot, acceptedView, LocationCodec.ReadDigests(ref reader));
    }

    public static void Write(ref WireWriter writer, ViewRefused message)
    {
        writer.Kind(MessageKind.ViewRefused);
        writer.Number(message.Number);
        Write(ref writer, message.Ballot);
    }

    public static ViewRefused ReadViewRefused(ref WireReader reader) => new(reader.Number(), ReadBallot(ref reader));

    public static void Write(ref WireWriter writer, ViewAccept message)
    {
        writer.Kind(MessageKind.ViewAccept);
        Write(ref writer, message.Ballot);
        Write(ref writer, message.View);
        LocationCodec.Write(ref writer, message.Digests);
    }

    public static ViewAccept ReadViewAccept(ref WireReader reader) =>
        new(ReadBallot(ref reader), ReadView(ref reader), LocationCodec.ReadDigests(ref reader));

    public static void Write(ref WireWriter writer, ViewAccepted message)
    {
        writer.Kind(MessageKind.ViewAccepted);
        writer.Number(message.Number);
        Write(ref writer, message.Ballot);
    }

    public static ViewAccepted ReadViewAccepted(ref WireReader reader) =>
        new(reader.Number(), ReadBallot(ref reader));

    public static void Write(ref WireWriter writer, ViewInstall message)
    {
        writer.Kind(MessageKind.ViewInstall);
        Write(ref writer, message.View);
        LocationCodec.Write(ref writer, message.Digests);
    }

    public static ViewInstall ReadViewInstall(ref WireReader reader) =>
        new(ReadView(ref reader), LocationCodec.ReadDigests(ref reader));

    public static void Write(ref WireWriter writer, DeathNotice message)
    {
        writer.Kind(MessageKind.DeathNotice);
        PlacementCodec.Write(ref writer, message.Process);
    }

    public static DeathNotice ReadDeathNotice(ref WireReader reader) => new(PlacementCodec.ReadMember(ref reader));

    private static void Write(ref WireWriter writer, Ballot ballot)
    {
        writer.Number(ballot.Counter);
        writer.Node(ballot.Proposer);
    }

    private static Ballot ReadBallot(ref WireReader reader) => new(reader.Number(), reader.Node());

    private static void Write(ref WireWriter writer, View view)
    {
        writer.Number(view.Number);
        writer.Count(view.Members.Count, WireLimits.ViewMembers);
        for (int index = 0; index < view.Members.Count; index++)
        {
            PlacementCodec.Write(ref writer, view.Members[index].Member);
            writer.Byte((byte)view.Members[index].Role);
        }

        PlacementCodec.Write(ref writer, view.Absent);
    }

    private static View ReadView(ref WireReader reader)
    {
        long number = reader.Number();
        var members = new ViewMember[reader.Count(WireLimits.ViewMembers, ViewMemberBytes)];
        for (int index = 0; index < members.Length && !reader.Failed; index++)
        {
            members[index] = new ViewMember(PlacementCodec.ReadMember(ref reader), ReadRole(ref reader));
            RefuseSecond(ref reader, members.AsSpan(0, index), members[index].Member.Node);
        }

        return new View(number, members, PlacementCodec.ReadMembers(ref reader));
    }

    /// <summary>A node is a member once, whatever its incarnation.</summary>
    private static void RefuseSecond(ref WireReader reader, ReadOnlySpan<ViewMember> earlier, NodeId node)
    {
        foreach (ViewMember member in earlier)
        {
            if (member.Member.Node == node)
            {
                reader.Fail(WireError.BadOrder);
            }
        }
    }

    private static MemberRole ReadRole(ref WireReader reader) => (MemberRole)reader.Choice((byte)MemberRole.Voter);
}
