namespace SessionCluster.Simulation.Mutations;

/// <summary>Deliberate faults of the agreement on views, of quorums and of leases.</summary>
internal static class MembershipMutations
{
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("skip the check of the promise",
            "Who has promised an attempt follows no older one.",
            "Membership/ViewAcceptor.cs",
            "if (prepare.Ballot < context.Views.Promised || prepare",
            "if (prepare"),
        new("found a cluster at once",
            "A fresh process waits until each configured peer answers or refuses, or FoundingPatience is over.",
            "Membership/ViewPlanner.cs",
            "return everybodyIsKnown || context.Now - _startedAt > context.Times.FoundingPatience;",
            "return everybodyIsKnown || context.Now >= _startedAt;"),
        new("take half for a quorum",
            "Half of a view is a quorum with the tie-breaker only.",
            "Membership/Quorum.cs",
            "(twice == view.Members.Count && voted > 0 && votes(TieBreaker(view)))",
            "(twice == view.Members.Count && voted > 0)"),
        new("hold a lease for too long",
            "A lease ends before those who granted it agree that its holder is silent.",
            "ReplicationSettings.cs",
            "SuspectAfter * 0.75",
            "SuspectAfter * 4"),
        new("forget who is absent",
            "A member that fell silent may return with what it holds.",
            "Protocol/Reconciler.cs",
            "!view.Contains(holder) && !view.IsAbsent(holder)",
            "!view.Contains(holder)"),
        new("drain without handing over",
            "A node leaves when others have what it held.",
            "Protocol/Drain.cs",
            "if (isLast || (isEmpty && ",
            "if (isLast || (context.Map.PrimaryCount >= 0 && "),
    ];
}
