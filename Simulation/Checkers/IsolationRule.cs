namespace SessionCluster.Simulation;

/// <summary>
/// Whom the others may go on without though a quorum hears it: a node that is cut off from each other node of the view,
/// where two of these are not cut off from each other, nor from a voter.
/// </summary>
internal static class IsolationRule
{
    /// <summary>Whether the rule holds of a member, by what another one hears and has been told.</summary>
    public static bool IsIsolated(SimulatedProcess asked, Member member)
    {
        View view = asked.Machine.View;
        Inspection told = asked.Machine.Inspection;

        bool Hears(Member one, Member other) => one == asked.Member
            ? other == asked.Member || (told.IsLinked(other) && told.Hears(other))
            : !told.IsGone(one) && !told.IsSuspectedBy(one, other.Node);

        bool AreInTouch(Member one, Member other) => Hears(one, other) && Hears(other, one);

        Member[] nodes = [.. Others(MemberRole.Node)];
        return view.Find(member.Node)?.Role == MemberRole.Node
            && !nodes.Any(node => AreInTouch(node, member))
            && Others(MemberRole.Voter).Any(voter => nodes.Any(one => nodes.Any(other => one != other
                && AreInTouch(one, other) && AreInTouch(voter, one) && AreInTouch(voter, other))));

        IEnumerable<Member> Others(MemberRole role) => view.Members
            .Where(other => other.Role == role && other.Member != member).Select(static other => other.Member);
    }
}
