namespace SessionCluster.Simulation.Mutations;

/// <summary>
/// Deliberate faults of the same examiner in what takes two things at once to matter: doubts, late answers, cut ways.
/// </summary>
internal static class ExaminerDoubtMutations
{
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("let two confirm an end",
            "A copy goes when a quorum has recorded that its session has ended.",
            "Protocol/Confirmations.cs",
            "if (!Quorum.HasDecided(context.Views.Current, search.Agreeing.Contains, context.Peers, context.Now))",
            "if (search.Agreeing.Count < 2 && !Quorum.HasDecided(context.Views.Current, "
            + "search.Agreeing.Contains, context.Peers, context.Now))")
        {
            Profile = SwarmProfile.Changes,
        },
        new("tell an end that is being recorded",
            "An end is told to nobody before a quorum has recorded it.",
            "NodeParts.cs",
            "MayStillLive = session => _ends.MayStillLive(session) || _recorder.IsUnderWay(session),",
            "MayStillLive = session => _ends.MayStillLive(session),")
        {
            Profile = SwarmProfile.Changes,
        },
        new("count an end from an earlier one",
            "That a session has ended is remembered from that very end.",
            "Protocol/Expiry.cs",
            "if (!_gone.TryGetValue(session, out (TimeSpan Since, long Counter) gone) || gone.Counter != "
            + "location.Counter)",
            "if (!_gone.TryGetValue(session, out (TimeSpan Since, long Counter) gone))")
        {
            Profile = SwarmProfile.Changes,
        },
        new("join a search that is under way",
            "Who asks later is answered by what is asked later.",
            "Protocol/Locator.cs",
            "        if (_searches.ContainsKey(session))\n        {\n            return;",
            "        if (_searches.TryGetValue(session, out LocationSearch? running))\n        {\n            "
            + "running.Requests.Add(request);\n            return;")
        {
            Profile = SwarmProfile.Changes,
        },
        new("spare nobody after a pause",
            "A refusal from before a pause is as old as that.",
            "Membership/PeerNews.cs",
            "            + (hasSlept ? _slept!.Value.Gap : TimeSpan.Zero);",
            "            + (hasSlept ? TimeSpan.Zero : TimeSpan.Zero);")
        {
            Profile = SwarmProfile.Brief,
        },
        new("ask for no ends again",
            "The end that a quorum has recorded is known to the next view.",
            "Membership/ViewProposer.cs",
            " || GivesWay(attempt) || maps.LackEnds(attempt))",
            " || GivesWay(attempt))")
        {
            Profile = SwarmProfile.Changes,
        },
        new("let its own side win",
            "A merge is the same whichever side is asked.",
            "Sessions/SessionMerge.cs",
            "areTheirsOld : mine.Beats(theirs), IsConflict: true);",
            "areTheirsOld : mine.Sequence >= theirs.Sequence, IsConflict: true);")
        {
            Profile = SwarmProfile.Divided,
        },
        new("take its own wish for decided",
            "An end that a member wanted recorded is in doubt in the next view.",
            "NodeParts.Views.cs",
            "_ends.Entered(_recorder.Unconfirmed);",
            "_ends.Entered([]);")
        {
            Profile = SwarmProfile.Changes,
        },
        new("create where it is cut off",
            "An isolated node creates nothing.",
            "Protocol/SessionDesk.cs",
            "context.Status == MemberStatus.Leaving || context.Isolation.AmIToBeLeft)",
            "context.Status == MemberStatus.Leaving)")
        {
            Profile = SwarmProfile.Brief,
        },
        new("let the only holder go",
            "An isolated node stays where it has a session that no other member holds.",
            "Membership/Isolation.cs",
            "IsCutOff(node, view) && !IsOnlyHolder(node, view);",
            "IsCutOff(node, view);")
        {
            Profile = SwarmProfile.Brief,
        },
        new("know another history by its counter only",
            "Who was told by another leader than the recorded one has another history.",
            "Protocol/Follower.cs",
            "        copy.Configuration.Counter > location.Counter\n        || "
            + "copy.Configuration.Placement?.Primary != location.Placement!.Primary;",
            "        copy.Configuration.Counter > location.Counter;")
        {
            Profile = SwarmProfile.Changes,
        },
        new("forward nothing again",
            "A commit with a key is sent again when a new connection stands.",
            "Protocol/Requests.Forwarding.cs",
            "                TryAgainIfRepeatable(request);\n",
            "                _ = request;\n")
        {
            Profile = SwarmProfile.Changes,
        },
        new("count on from its own sequence",
            "A merge has a sequence above both.",
            "Protocol/HandIns.cs",
            "long sequence = Math.Max(copy.Sequence, given.Sequence) + 1;",
            "long sequence = copy.Sequence + 1;")
        {
            Profile = SwarmProfile.Divided,
        },
        new("let a late answer replace a newer record",
            "A record is replaced by a newer one only.",
            "Protocol/Locator.cs",
            "if (!context.Views.IsSealed && context.Map.RecordIfNewer(answer.Session, answer.Configuration))\n   "
            + "     {",
            "if (!context.Views.IsSealed)\n        {\n            context.Map.Record(answer.Session, "
            + "answer.Configuration);")
        {
            Profile = SwarmProfile.Changes,
        },
        new("take the ends of a late map for decided",
            "What a map that came late says may be known to few.",
            "Protocol/EndsInDoubt.cs",
            "        if (isAgreed)\n        {\n            _endings.Clear();",
            "        if (isAgreed || !_isElsewhere)\n        {\n            _endings.Clear();")
        {
            Profile = SwarmProfile.Changes,
        },
        new("take room for a change for ever",
            "A change that was given up makes room for the next.",
            "Protocol/Reconfigurer.cs",
            "            work.Change = null;\n            Running--;",
            "            work.Change = null;\n            Running -= change.IsRecording ? 1 : 0;")
        {
            Profile = SwarmProfile.Changes,
        },
        new("found beside who has not heard yet",
            "Nobody begins anew beside a member that may not have heard of its view.",
            "Membership/Joining.cs",
            "                    || MayNotKnowOfViewYet(member.Member)) && HasEverybodySpoken());",
            "                    ) && HasEverybodySpoken());")
        {
            Profile = SwarmProfile.Changes,
        },
        new("keep the larger cluster from who leaves",
            "Who is about to leave goes over to the larger cluster as well.",
            "Protocol/MessageRouter.cs",
            "heartbeat.Status is MemberStatus.Up or MemberStatus.Leaving",
            "heartbeat.Status == MemberStatus.Up")
        {
            Profile = SwarmProfile.DividedFull,
        },
    ];
}
