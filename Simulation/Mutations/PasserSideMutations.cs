namespace SessionCluster.Simulation.Mutations;

/// <summary>The passer's faults of what sides hand in to each other, each with the profile that looks for it.</summary>
internal static class PasserSideMutations
{
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("take an answer for another one",
            "An answer is about what was handed in, not about what came after it.",
            "Protocol/HandInOffers.cs",
            "            || offer.Sequence != answer.Sequence || !offer",
            "            || !offer")
        { Profile = SwarmProfile.Divided },
        new("call taken what has changed since",
            "What has changed since it was taken is handed in again.",
            "Protocol/HandInOffers.cs",
            "out News taken) && taken == NewsOf(location);",
            "out News _) && location.Counter >= 0;")
        { Profile = SwarmProfile.DividedFull },
        new("hand in no ends",
            "What was removed stays so, on whichever side.",
            "Protocol/HandInOffers.cs",
            "location.Copy is not null || IsEnd(location);",
            "location.Copy is not null;")
        { Profile = SwarmProfile.Divided },
        new("ask one sponsor for ever",
            "Whoever is asked in vain may not reach those that it would need, and another may.",
            "Protocol/HandInOffers.cs",
            "                offer.Repeated++;\n",
            "")
        { Profile = SwarmProfile.Divided },
        new("merge under an exclusive load",
            "Who holds a session exclusively writes what it makes of the values as they are.",
            "Protocol/HandIns.cs",
            "or { IsClaimed: true }\n                or { ExclusiveLoad: not null })",
            "or { IsClaimed: true })")
        { Profile = SwarmProfile.Divided },
        new("call taken an end that few know",
            "What is taken is known to a quorum.",
            "Protocol/HandIns.cs",
            " && !recorder.IsUnderWay(given.Session))",
            ")")
        { Profile = SwarmProfile.DividedFull },
        new("call taken what came to nothing",
            "What is taken is held by every holder.",
            "Protocol/HandInAnswers.cs",
            "if (result == CommitResult.Committed)",
            "if (result >= CommitResult.Committed)")
        { Profile = SwarmProfile.DividedFull },
        new("forget an end while a side is away",
            "That a session has ended is remembered as long as another side may bring it.",
            "Protocol/Expiry.cs",
            "        if (division.IsKnown)\n",
            "        if (division.IsDue)\n")
        { Profile = SwarmProfile.Divided },
        new("listen to another side",
            "What a member of another lineage says of sessions is not said in this one.",
            "Protocol/MessageRouter.cs",
            "(peer.IsElsewhere || context.IsGoingOver)\n        && message is",
            "context.IsGoingOver\n        && message is")
        { Profile = SwarmProfile.DividedFull },
    ];
}
