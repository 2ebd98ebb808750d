namespace SessionCluster.Simulation.Mutations;

/// <summary>The auditor's faults of what sides that serve on their own make of one session.</summary>
internal static class AuditorSideMutations
{
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("let the earlier change win",
            "Where neither side has seen the other's change, the one with the higher sequence stays.",
            "Sessions/ChangeStamp.cs",
            "            return Sequence > other.Sequence;\n",
            "            return Sequence < other.Sequence;\n"),
        new("begin anew after the last view only",
            "What a side begins anew comes after all that was before it divided.",
            "Membership/Division.cs",
            "context.Views.DividedFrom is { } whole)",
            "context.Views.DividedFrom is { } whole && whole < 0)"),
        new("forget the request keys of the other side",
            "A request that was executed on either side is not executed again.",
            "Sessions/SessionMerge.cs",
            "_mine.OutcomeOf(outcome.RequestKey) is null).TakeLast(room)",
            "_mine.OutcomeOf(outcome.RequestKey) is null).TakeLast(room - room)"),
        new("call a removal an expiry",
            "What was removed stays so, on whichever side.",
            "Protocol/Endings.cs",
            "bool mayLiveElsewhere = work.IsExpiring && context",
            "bool mayLiveElsewhere = context"),
    ];
}
