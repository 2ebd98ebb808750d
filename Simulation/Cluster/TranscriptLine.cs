namespace SessionCluster.Simulation;

/// <summary>How the facts that members report are told in the transcript of a story.</summary>
internal static class TranscriptLine
{
    public static string Name(object who) => who switch
    {
        SimulatedProcess process => process.Member.ToString(),
        SimulatedNode node => node.Id.Name,
        _ => who.ToString() ?? "",
    };

    /// <summary>The line, or nothing for a fact that the story does not need.</summary>
    public static string? Of(SimulatedCluster cluster, SimulatedProcess process, ClusterEvent happened)
    {
        string? text = happened switch
        {
            ViewInstalled { Includes: true } installed => $"is in {installed.View}",
            ViewInstalled installed => $"is not in {installed.View}",
            MemberSuspected suspected => $"suspects {suspected.Peer.Node}",
            MemberHeardAgain heard => $"hears {heard.Peer.Node} again",
            MemberDied died => $"knows that {died.Peer.Node} is dead",
            MemberStays staying => $"knows that {staying.Peer.Node} stays",
            DrainGivenUp kept => $"stays with {kept.Sessions}",
            MemberLeaving leaving => $"knows that {leaving.Peer.Node} is leaving",
            MemberLeft left => $"knows that {left.Peer.Node} has left",
            PermissionLost => "hears no quorum and serves nothing",
            SessionPromoted promoted =>
                $"becomes primary of {cluster.NameOf(promoted.Session)}: {Tell(promoted.Configuration)}",
            SessionTakenOver taken =>
                $"takes {cluster.NameOf(taken.Session)} over from {taken.From.Node}: {Tell(taken.Configuration)}",
            SessionPlaced placed => $"places {cluster.NameOf(placed.Session)}: {Tell(placed.Configuration)}",
            SessionsLost lost => $"reports {lost.Count} lost",
            SessionEnded { Expired: true } ended => $"lets {cluster.NameOf(ended.Session)} expire",
            SessionEnded ended => $"removes {cluster.NameOf(ended.Session)}",
            ProtectionRestored restored => $"has protected {restored.Sessions} again",
            CopyRepaired repaired => $"repairs {cluster.NameOf(repaired.Session)} on {repaired.Holder.Node}",
            Drained drained => $"has handed over {drained.Sessions}, {drained.Unprotected} unprotected",
            _ => null,
        };
        return text is null ? null : $"{process.Node.Id,-9} {text}";
    }

    private static string Tell(Configuration configuration) =>
        $"epoch {configuration.Counter}, {string.Join(" + ", configuration.Placement.Holders.Select(static h => h.Node))}";
}
