using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>Whether some of a view may decide for it, with the truth about who is gone.</summary>
internal static class LivingQuorum
{
    /// <summary>
    /// Whether they are more than half of a view, or half with the tie-breaker, or all who live and have not left.
    /// </summary>
    public static bool Is(SimulatedCluster cluster, View view, Func<Member, bool> votes)
    {
        int voted = 0;
        bool isRestGone = true;
        foreach (ref readonly ViewMember member in view.Span)
        {
            bool hasVoted = votes(member.Member);
            voted += hasVoted ? 1 : 0;
            isRestGone &= hasVoted || !MayVote(cluster, member.Member);
        }

        int twice = voted * 2;
        return isRestGone || twice > view.Members.Count
            || (twice == view.Members.Count && votes(Quorum.TieBreaker(view)));
    }

    /// <summary>Whether a member needs to wait for nobody of its view: what it knows, a quorum knows.</summary>
    public static bool MayDecideAlone(SimulatedProcess by)
    {
        foreach (ref readonly ViewMember member in by.Machine.View.Span)
        {
            if (member.Member != by.Member && !by.Machine.Inspection.MayDoWithout(member.Member))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Who has left never votes again, also while its process still runs.</summary>
    public static bool MayVote(SimulatedCluster cluster, Member member) =>
        cluster.Nodes[cluster.HostOf(member.Node)].Process is { IsDrained: false } process && process.Member == member;
}
