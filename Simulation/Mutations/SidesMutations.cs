namespace SessionCluster.Simulation.Mutations;

/// <summary>
/// Deliberate faults of what happens with the policy Available where sides divide and meet; each has the profile whose
/// seeds look for it.
/// </summary>
internal static class SidesMutations
{
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("keep the own value where the other side has the later one",
            "Where one side has seen the other's change of a key, its value stays.",
            "Sessions/SessionMerge.cs",
            "            return haveSeenTheirs ? Choice.Mine : Choice.Theirs;\n        }\n\n        return haveSeenTheirs",
            "            return Choice.Mine;\n        }\n\n        return haveSeenTheirs")
        { Profile = SwarmProfile.Divided },
        new("count nothing that gives way",
            "What both sides have changed is counted.",
            "Sessions/SessionMerge.cs",
            "if (!isSame && choice.IsConflict)",
            "if (!isSame && choice.IsConflict && key.Length == 0)")
        { Profile = SwarmProfile.Divided },
        new("take keys of the other side for removed",
            "What is news is taken, what was seen and is not there was removed.",
            "Sessions/SessionMerge.cs",
            "return _myMarks.Seen.Contain(theirs!.Value) ? Choice.Mine : Choice.Theirs;",
            "return Choice.Mine;")
        { Profile = SwarmProfile.Divided },
        new("forget what the other side has seen",
            "A merged state contains the commits of both.",
            "Sessions/SessionMerge.cs",
            "            merge._myMarks.Seen.With(merge._theirMarks.Seen),",
            "            merge._myMarks.Seen,")
        { Profile = SwarmProfile.Divided },
        new("call everything handed in taken",
            "A copy is kept until its content is merged.",
            "Protocol/HandIns.cs",
            "if (!given.HasValues && !SeenBy(copy.State).Contain(SeenBy(theirs)))",
            "if (given.Sequence < 0)")
        { Profile = SwarmProfile.Divided },
        new("join without handing in",
            "Who was away joins when all that it has is taken.",
            "Protocol/Reunion.cs",
            "public bool MayJoin => !context.Settings.ServesDivided || (",
            "public bool MayJoin => context.Settings.ServesDivided || (")
        { Profile = SwarmProfile.Divided },
        new("grant a wish from before a membership",
            "A wish to join is of a process that has not been a member since.",
            "Membership/Admissions.cs",
            "(ViewNumber.AreRelated(wish.View, context.Views.Current.Number)\n"
            + "            && context.Views.Current.Number <= wish.View + 1\n"
            + "            && !(_memberIn",
            "(wish.View >= 0 && !(wish.View < 0 && _memberIn")
        { Profile = SwarmProfile.Divided },
        new("go on without asking the group",
            "A group divides when all of it agree.",
            "Membership/Division.cs",
            "        && IsCutOff()\n        && (!prepare.Silent.Any(IsHeard)",
            "        && (!prepare.Silent.Any(IsHeard)")
        { Profile = SwarmProfile.Divided },
        new("divide while a quorum is heard",
            "Sides serve on their own only while no quorum is heard.",
            "Membership/Division.cs",
            "        && !Quorum.IsHeard(context.Views.Current, IsHeard, context.Peers, context.Now);",
            "        && context.Views.Current.Members.Any(member => !IsHeard(member.Member));")
        { Profile = SwarmProfile.Divided },
        new("begin a session that was brought without asking",
            "A session that is not known here is begun only when no member knows its end.",
            "Protocol/Adoption.cs",
            "        if (!given.HasValues)\n        {\n            answers.Answer(from, given, HandInVerdict.NeedsState);\n            return;\n        }\n\n        firsts",
            "        Adopt(from, given, default);\n        return;\n        firsts")
        { Profile = SwarmProfile.DividedFull },
        new("forget ends with the map of a view",
            "That a session has ended is remembered as long as another side may bring it.",
            "Protocol/MapSync.cs",
            "else if (!context.Settings.ServesDivided || location.Placement is not { IsRemoved: true })",
            "else")
        { Profile = SwarmProfile.DividedFull },
        new("answer beside the lease",
            "An excluded member answers nothing, though all holders of a session are with it.",
            "NodeParts.cs",
            "MayAnswer = () => !context.Settings.ServesDivided || Heartbeats.HasPermission(context.Now),",
            "MayAnswer = static () => true,")
        { Profile = SwarmProfile.Divided },
        new("hand over in passing",
            "A session that comes for the sake of what was handed in is merged before it goes on.",
            "NodeParts.cs",
            "                _handIns!.InForce(copy.Session);\n",
            "")
        { Profile = SwarmProfile.Divided },
        new("serve while going over",
            "Who goes over to another side serves nothing any more.",
            "Membership/Heartbeats.cs",
            "(!_context.IsGoingOver && _context.Views.IsServing && LeaseLasts(now))",
            "(_context.Views.IsServing && LeaseLasts(now))")
        { Profile = SwarmProfile.Divided },
    ];
}
