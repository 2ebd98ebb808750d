namespace SessionCluster.Replication.Membership;

/// <summary>
/// Which sets of voters may decide for a view: a majority; or half of it with the tie-breaker; or everybody who is not
/// proven dead. Any two such sets share a living member, unless so many died at once that every member of one is dead.
/// </summary>
internal static class Quorum
{
    /// <param name="view">The view.</param>
    /// <param name="votes">Whether a member has voted.</param>
    /// <param name="isGone">Whether a member is proven dead or has left, so that it never votes again.</param>
    public static bool IsReached(View view, Func<Member, bool> votes, Func<Member, bool> isGone)
    {
        int voted = 0;
        bool everybodyElseIsGone = true;
        foreach (ViewMember member in view.Members)
        {
            if (votes(member.Member))
            {
                voted++;
            }
            else if (!isGone(member.Member))
            {
                everybodyElseIsGone = false;
            }
        }

        int twice = voted * 2;
        return twice > view.Members.Count
            || (twice == view.Members.Count && voted > 0 && votes(TieBreaker(view)))
            || (everybodyElseIsGone && voted > 0);
    }

    /// <summary>The balancer, as the side that clients reach is the one to serve; else the smallest name.</summary>
    public static Member TieBreaker(View view)
    {
        foreach (ViewMember member in view.Members)
        {
            if (member.Role == MemberRole.Voter)
            {
                return member.Member;
            }
        }

        return view.Members[0].Member;
    }
}
