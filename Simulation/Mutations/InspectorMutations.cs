namespace SessionCluster.Simulation.Mutations;

/// <summary>
/// Deliberate faults at places that no other catalog touches, by somebody who looked for the occasions of each, and
/// asked which rule should have seen it.
/// </summary>
internal static class InspectorMutations
{
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("take a holder away unheard",
            "A primary that hears no quorum takes no holder away.",
            "Protocol/Protector.cs",
            "            || !Quorum.IsReached(\n                context.Views.Current, member"
            + " => context.Peers.IsHeardLately(member, context.Now), context.Peers));",
            ");"),
        new("go on with the promotions of the last view",
            "The next view finds what has not had its turn as it was.",
            "Protocol/Promotions.cs",
            "        foreach (SessionCopy copy in _waiting)\n        {\n           "
            + " copy.IsToLead = false;\n        }\n\n        _waiting.Clear();\n        Count ="
            + " 0;\n",
            "        _nextAt = context.Now;\n"),
        new("propose beside what it has accepted itself",
            "A view that may have begun is proposed again.",
            "Membership/ViewProposer.cs",
            "        attempt.Consider(views.Accepted, views.AcceptedView);\n",
            ""),
        new("accept its own proposal for nobody",
            "Whoever promises tells what it has accepted.",
            "Membership/ViewProposer.cs",
            "        views.Accepted = attempt.Ballot;\n        views.AcceptedView = next;\n",
            ""),
        new("gather no end of a session that it knows",
            "A removal that a quorum has recorded is in the map of the next view.",
            "Protocol/MapSync.cs",
            "IsLost)\n        || context.Map.TryGet(record.Session, out _);",
            "IsLost);"),
        new("forget outcomes with the last value",
            "A request that has changed a session is known by its key.",
            "Sessions/SessionState.cs",
            "return sorted.Length == 0 && kept.Count == 0 ? Empty",
            "return sorted.Length == 0 ? Empty"),
        new("agree to any map",
            "A view is agreed with its map.",
            "Membership/ViewLearner.cs",
            "_isMapAgreed = _isMapAgreed && context.Map.Differing(install.Digests).Count == 0;",
            "_isMapAgreed;") { Profile = SwarmProfile.Full },
        new("ask a forked copy for its sequence only",
            "Holders of one version have the same values.",
            "Protocol/Reconfigurer.cs",
            "copy.ToldCounter <= copy.Configuration.Counter\n                &&"
            + " !copy.HasForked)",
            "copy.ToldCounter <= copy.Configuration.Counter)"),
        new("hear the former view after the coming one",
            "Who has acknowledged what a coming view said takes nothing of an earlier one.",
            "Protocol/BackupKeeper.cs",
            "        || !ViewNumber.AreRelated(context.Views.Current.Number, view)\n        ||"
            + " (copy is not null && ViewNumber.IsLater(copy.ToldInView, view));",
            "        || !ViewNumber.AreRelated(context.Views.Current.Number, view)\n        ||"
            + " (copy is not null && view < 0);"),
        new("call a forked copy overtaken",
            "A holder acknowledges what it has.",
            "Protocol/BackupKeeper.cs",
            "copy is { IsPrimary: false, HasForked: false }\n        &&"
            + " copy.Configuration.Counter == configuration.Counter",
            "copy is { IsPrimary: false }\n        && copy.Configuration.Counter =="
            + " configuration.Counter"),
        new("drop a copy that may be needed",
            "Who may be made a holder again keeps its copy.",
            "Protocol/Follower.cs",
            "else if (isInForce && HasBeenPassedOn(location, told))",
            "else if (isInForce && told.Counter < 0 && HasBeenPassedOn(location, told))"),
        new("wait as long however long silence is",
            "What waits for an exclusion lasts longer than one may take.",
            "ReplicationSettings.cs",
            "TimeSpan excluded = SuspectAfter * 5;",
            "TimeSpan excluded = default;"),
        new("wait for nobody longer than for itself",
            "Who is set to be silent for longer is called silent when that is over.",
            "Membership/KnownTimes.cs",
            "Longer(settings.SuspectAfter, peer.Times.SuspectAfter);",
            "settings.SuspectAfter;"),
        new("exclude in a new view by the own silence",
            "In a new view nobody is excluded for silence while a lease of the last one may last.",
            "Membership/ViewAcceptor.cs",
            "context.Now - context.Views.EnteredAt >= context.Times.SuspectAfter;",
            "context.Now - context.Views.EnteredAt >= context.Settings.SuspectAfter;"),
        new("be as patient as it is set itself",
            "What waits for an exclusion waits for whoever is waited for longest.",
            "Membership/KnownTimes.cs",
            "            FoundingPatience = Longer(FoundingPatience, peer.Times.FoundingPatience);\n",
            ""),
        new("notice no pause within a silence",
            "What was read before a pause longer than a request may take is not committed.",
            "Membership/PeerNews.cs",
            "    public void NoticeLateness(TimeSpan gap)\n    {\n       "
            + " NoteIfLongerThanRequests(gap);\n",
            "    public void NoticeLateness(TimeSpan gap)\n    {\n"),
    ];
}
