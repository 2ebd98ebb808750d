namespace SessionCluster.Simulation.Mutations;

/// <summary>The inspector's faults of sides that serve on their own, and of how they meet.</summary>
internal static class InspectorSideMutations
{
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("take what another side did for older",
            "What another side has of a session that is lost here begins it anew.",
            "Protocol/HandIns.cs",
            "        context.Peers.Find(from.Node) is { IsElsewhere: false }\n        &&"
            + " SeenBy(given.State ?? SessionState.Empty).Lines.All(line =>"
            + " line.IsUpTo(context.Views.Current.Number));",
            "        context.Peers.Find(from.Node) is not null;") { Profile = SwarmProfile.DividedFull },
        new("count a beginning from the next view",
            "What was done since a session was begun anew is younger than what was before.",
            "Sessions/Beginning.cs",
            "&& change.View >= View;",
            "&& change.View > View;") { Profile = SwarmProfile.Divided },
        new("divide twice under one number",
            "No two views ever share a number.",
            "Membership/ViewNumber.cs",
            "            | (turn & Mask(TurnBits));",
            "            | (turn * 0);") { Profile = SwarmProfile.Divided },
        new("keep the older of two seen changes",
            "A merge has seen what either side has seen.",
            "Sessions/SeenChanges.cs",
            "others._lines[its - 1].Sequence > line.Sequence ?",
            "others._lines[its - 1].Sequence < line.Sequence ?") { Profile = SwarmProfile.Divided },
        new("forget the other side's beginnings",
            "What was done since a session was begun anew is younger, whoever meets whom.",
            "Sessions/SessionMerge.cs",
            "merge._myMarks.Beginnings.Concat(merge._theirMarks.Beginnings),",
            "merge._myMarks.Beginnings,") { Profile = SwarmProfile.Divided },
        new("let what was answered give way uncounted",
            "Only what was never answered gives way without being counted.",
            "Sessions/SessionMerge.cs",
            "theirs.IsUpTo(view) && !_myMarks.IsBeforeBeginning(theirs);",
            "theirs.IsUpTo(view);") { Profile = SwarmProfile.DividedFull },
        new("go over without a last look",
            "What has changed since it began to hand in is handed in as well.",
            "Protocol/Reunion.cs",
            "            offers.Gather();\n            offers.OfferMore();\n            if"
            + " (!offers.AreUnderWay)",
            "            if (!offers.AreUnderWay)") { Profile = SwarmProfile.Divided },
        new("forget what was removed",
            "What a side has removed stays so where the other has not changed it since.",
            "Sessions/ChangeMarks.cs",
            "            changed[key] = stamp;\n        }\n\n        return Of(changed",
            "            changed.Remove(key);\n        }\n\n        "
            + "return Of(changed") { Profile = SwarmProfile.Divided },
    ];
}
