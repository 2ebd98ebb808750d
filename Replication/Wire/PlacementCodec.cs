namespace SessionCluster.Replication;

/// <summary>Members, placements, configurations and versions.</summary>
internal static class PlacementCodec
{
    /// <summary>The least bytes of a member: the length of its name, one character, the incarnation.</summary>
    public const int MemberBytes = 3;

    private const byte Removed = 0;
    private const byte Expired = 254;
    private const byte Lost = 255;

    public static void Write(ref WireWriter writer, Member member)
    {
        WireWriter.Require(member.Node != default, "A member has no name.");
        writer.Node(member.Node);
        writer.Number(member.Incarnation);
    }

    public static Member ReadMember(ref WireReader reader)
    {
        NodeId node = reader.Node();
        if (node == default)
        {
            reader.Fail(WireError.BadName);
        }

        return new Member(node, reader.Number());
    }

    public static void Write(ref WireWriter writer, IReadOnlyList<Member> members)
    {
        writer.Count(members.Count, WireLimits.AbsentMembers);
        for (int index = 0; index < members.Count; index++)
        {
            Write(ref writer, members[index]);
        }
    }

    public static Member[] ReadMembers(ref WireReader reader)
    {
        int count = reader.Count(WireLimits.AbsentMembers, MemberBytes);
        return ReadMembers(ref reader, count);
    }

    /// <summary>A placement that nobody has named yet is written as that of a session that is gone.</summary>
    public static void Write(ref WireWriter writer, Placement? placement)
    {
        if (placement is null || placement.IsRemoved)
        {
            writer.Byte(placement is { IsExpired: true } ? Expired : Removed);
            return;
        }

        if (placement.IsLost)
        {
            writer.Byte(Lost);
            return;
        }

        IReadOnlyList<Member> holders = placement.Holders;
        WireWriter.Require(holders.Count <= WireLimits.Holders, "A session has more holders than a message may carry.");
        writer.Byte((byte)holders.Count);
        for (int index = 0; index < holders.Count; index++)
        {
            Write(ref writer, holders[index]);
        }
    }

    public static Placement ReadPlacement(ref WireReader reader)
    {
        byte count = reader.Byte();
        switch (count)
        {
            case Removed:
                return Placement.Removed;
            case Expired:
                return Placement.Expired;
            case Lost:
                return Placement.Lost;
        }

        Member[] holders = ReadMembers(ref reader, reader.Bounded(count, WireLimits.Holders, MemberBytes));
        RefuseDuplicates(ref reader, holders);
        return reader.Failed ? Placement.Removed : Placement.Owning(holders);
    }

    public static void Write(ref WireWriter writer, Configuration configuration)
    {
        writer.Number(configuration.Counter);
        Write(ref writer, configuration.Placement);
    }

    public static Configuration ReadConfiguration(ref WireReader reader) =>
        new(reader.Number(), ReadPlacement(ref reader));

    public static void Write(ref WireWriter writer, SessionVersion version)
    {
        writer.Number(version.Epoch.Counter);
        writer.Node(version.Epoch.Node);
        writer.Number(version.Sequence);
    }

    public static SessionVersion ReadVersion(ref WireReader reader) =>
        new(new Epoch(reader.Number(), reader.Node()), reader.Number());

    private static Member[] ReadMembers(ref WireReader reader, int count)
    {
        var members = new Member[count];
        for (int index = 0; index < count && !reader.Failed; index++)
        {
            members[index] = ReadMember(ref reader);
        }

        return members;
    }

    /// <summary>Nobody holds a session twice. Holders are so few that comparing all of them is cheapest.</summary>
    private static void RefuseDuplicates(ref WireReader reader, Member[] members)
    {
        for (int index = 1; index < members.Length; index++)
        {
            if (Array.IndexOf(members, members[index], 0, index) >= 0)
            {
                reader.Fail(WireError.BadOrder);
                return;
            }
        }
    }
}
