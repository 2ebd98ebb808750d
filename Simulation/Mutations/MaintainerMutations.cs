namespace SessionCluster.Simulation.Mutations;

/// <summary>
/// Deliberate faults of somebody who maintains the machine and undoes, or half undoes, what it has learned last: of
/// whom the dead had gone on with, of views of one number, of who is waited for, and of what is sent some at a time.
/// </summary>
internal static class MaintainerMutations
{
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("note no lapse after a pause",
            "A lease that ran out in sleep puts off what time decides about an end, also where it is renewed at once.",
            "ReplicationNode.cs",
            "        _parts.NoticeLapse();\n",
            "        if (gap <= _lateness)\n        {\n            _parts.NoticeLapse();\n        }\n\n"),
        new("leave whom it heard a moment ago",
            "Who was heard a moment ago is waited for, however long a node has been leaving.",
            "Protocol/Drain.cs",
            "Instant since = Instant.Max(StartedAt, peer.LastHeard);",
            "Instant since = StartedAt;"),
        new("go back to the view of the dead",
            "A late word of the dead takes nobody from a living view of the same number.",
            "Membership/ViewLearner.cs",
            "return !(current.Contains(context.Self) && IsLeft(view, current)) && ",
            "return ")
        {
            Profile = SwarmProfile.Brief,
        },
        new("miss who has gone on with the living",
            "Nobody is left of a view whose members are dead, or have gone on to the present one.",
            "Membership/ViewLearner.cs",
            "context.Peers.IsGone(member.Member) || present.Contains(member.Member));",
            "context.Peers.IsGone(member.Member));")
        {
            Profile = SwarmProfile.DividedFull,
        },
        new("forget who has spoken in a coming view",
            "One of the dead that has said something in a view had gone on to it.",
            "Protocol/EarlyMessages.cs",
            "        context.Peers.Find(from.Node)?.NoteName(view);\n",
            "")
        {
            Profile = SwarmProfile.DividedFull,
        },
        new("go on beside a view that the dead have named",
            "Where one of the dead has named a later view, those who say nothing are waited for.",
            "Membership/PeerTable.cs",
            "\n                    && !ViewNumber.IsLater(peer.NamedView, view.Number);",
            ";")
        {
            Profile = SwarmProfile.DividedFull,
        },
        new("let a commit wait for who is outside the view",
            "Where a commit waits for a holder that the view is without, another takes its place at once.",
            "Protocol/Protector.cs",
            "if (work.Change is null && OwesFromOutside(work))",
            "if (work.Change is null && OwesFromOutside(work) && copy.Sequence < 0)"),
        new("ask again at once for ever",
            "What is led out of reach is asked for once more at once, and then with the next repetition.",
            "Protocol/HandInOffers.cs",
            "        else if (offer.Repeated == 0)\n",
            "        else\n")
        {
            Profile = SwarmProfile.Divided,
        },
        new("ask again with the next repetition only",
            "What is led out of reach is asked for once more at once.",
            "Protocol/HandInOffers.cs",
            "        else if (offer.Repeated == 0)\n",
            "        else if (offer.Repeated < 0)\n")
        {
            Profile = SwarmProfile.Divided,
        },
        new("go on with what was lost as if it lacked nothing",
            "What another side has of a session that is lost here begins it anew.",
            "Protocol/Adoption.cs",
            "Placement: { IsAlive: true } or { IsLost: true } })",
            "Placement.IsAlive: true })")
        {
            Profile = SwarmProfile.DividedFull,
        },
        new("wait for who is in line for ever",
            "A holder that does not acknowledge what was sent before is not waited for.",
            "Membership/Peer.Copies.cs",
            "number > CopiesTaken && now - CopyTakenAt <= patience;",
            "number > CopiesTaken;"),
        new("make no room again for what is repeated",
            "What a holder is sent once more is bounded for each tick.",
            "Protocol/OverdueHolders.cs",
            "            peer.BytesRepeated = 0;\n",
            "            peer.BytesRepeated += 0;\n"),
        new("protect what is not led here any more",
            "Nobody gives a backup to a session that it has given away while that waited for its turn.",
            "Protocol/ProtectionQueue.cs",
            "if (!ReferenceEquals(context.Map.CopyOf(copy.Session), copy))",
            "if (context.Map.CopyOf(copy.Session) is null && copy.Sequence < 0)")
        {
            Profile = SwarmProfile.DividedFull,
        },
        new("wake for room without end",
            "A node that leaves goes on before the next tick only while something waits for room.",
            "Protocol/Drain.cs",
            "        _waitsForRoom = false;\n",
            ""),
    ];
}
