namespace SessionCluster.Replication.Membership;

/// <summary>
/// Which sets of voters may decide for a view: a majority; or half of it with the tie-breaker, where the other half is
/// not heard; or everybody who is not proven dead. Any two such sets share a living member, unless so many died at once
/// that every member of one is dead.
/// </summary>
internal static class Quorum
{
    /// <summary>Whether a decision is made.</summary>
    /// <param name="view">The view.</param>
    /// <param name="votes">Whether a member has voted.</param>
    /// <param name="peers">
    /// Knows who is proven dead or has left, so that it never votes again, and who is not heard.
    /// </param>
    /// <param name="now">The time.</param>
    /// <remarks>
    /// Half of a view, and less of it where the rest is dead, is few: what so few have decided may die with them. So
    /// the tie-breaker waits for those whom it hears, and does without only those whom it does not; and whoever goes on
    /// because all others are dead makes sure that they had not gone on without it before.
    /// </remarks>
    public static bool HasDecided(View view, Func<Member, bool> votes, PeerTable peers, Instant now)
    {
        if (!MayServe(view, votes, peers, now))
        {
            return false;
        }

        int voted = 0;
        bool isTheRestAway = true;
        foreach (ref readonly ViewMember member in view.Span)
        {
            bool hasVoted = votes(member.Member);
            voted += hasVoted ? 1 : 0;
            isTheRestAway = isTheRestAway
                && (hasVoted || peers.IsGone(member.Member) || peers.IsAway(member.Member, now));
        }

        return voted * 2 > view.Members.Count || isTheRestAway;
    }

    /// <summary>
    /// Whether this member may serve by the grants of those who have voted: they know all that was decided.
    /// </summary>
    /// <param name="view">The view.</param>
    /// <param name="votes">Whether a member has voted.</param>
    /// <param name="peers">Knows who is proven dead or has left, and whether it was in touch until then.</param>
    /// <param name="now">The time.</param>
    /// <remarks>
    /// Where all others are dead, they may have gone on without this member before they died. Whoever slept meanwhile
    /// meets only their successors, and must not take itself for the last one left.
    /// </remarks>
    public static bool MayServe(View view, Func<Member, bool> votes, PeerTable peers, Instant now)
    {
        int voted = CountVotes(view, votes);
        return HasHalf(view, voted, votes)
            || (voted > 0 && IsTheRestGone(view, votes, peers) && peers.MayGoOnWithout(view, votes, now));
    }

    /// <summary>
    /// Whether what was decided is known among the voters: every set that may decide shares one with them.
    /// </summary>
    /// <param name="view">The view.</param>
    /// <param name="votes">Whether a member has voted.</param>
    /// <param name="peers">Knows who is proven dead or has left, so that it never votes again.</param>
    public static bool IsReached(View view, Func<Member, bool> votes, PeerTable peers)
    {
        int voted = CountVotes(view, votes);
        return HasHalf(view, voted, votes) || (voted > 0 && IsTheRestGone(view, votes, peers));
    }

    /// <summary>
    /// Whether this member and those whom it hears, and who hear it, are enough to decide: who is not in reach of so
    /// many is cut off itself.
    /// </summary>
    /// <param name="view">The view.</param>
    /// <param name="peers">Knows who is heard, and who is gone.</param>
    /// <param name="now">The time.</param>
    public static bool IsInReach(View view, PeerTable peers, Instant now) =>
        IsReached(view, member => !peers.IsGone(member) && !peers.IsAway(member, now), peers);

    /// <summary>
    /// Whether a member that hears these belongs to their view still, and need not go on by itself. Where all others
    /// are dead it is the last one left only where nobody may know better: who lives in another lineage may have
    /// divided from a later view.
    /// </summary>
    /// <param name="view">The view.</param>
    /// <param name="votes">Whether a member is heard.</param>
    /// <param name="peers">Knows who is proven dead or has left, and who lives in another lineage.</param>
    /// <param name="now">The time.</param>
    public static bool IsHeard(View view, Func<Member, bool> votes, PeerTable peers, Instant now) =>
        peers.IsAnyElsewhere ? MayServe(view, votes, peers, now) : IsReached(view, votes, peers);

    /// <summary>
    /// Whether so many of a view are gone that those who are left decide only because of that, if at all.
    /// </summary>
    public static bool IsMostlyGone(View view, PeerTable peers)
    {
        Func<Member, bool> lives = member => !peers.IsGone(member);
        return !HasHalf(view, CountVotes(view, lives), lives);
    }

    /// <summary>Whether those who vote can decide when one member, which has voted until now, has left.</summary>
    /// <param name="view">The view.</param>
    /// <param name="leaving">Who leaves.</param>
    /// <param name="votes">Whether a member votes.</param>
    /// <param name="peers">Knows who is proven dead or has left.</param>
    public static bool MayDoWithout(View view, Member leaving, Func<Member, bool> votes, PeerTable peers)
    {
        bool VotesOn(Member member) => member != leaving && votes(member);
        return IsTheRestGone(view, member => member == leaving || votes(member), peers)
            || HasHalf(view, CountVotes(view, VotesOn), VotesOn);
    }

    private static int CountVotes(View view, Func<Member, bool> votes)
    {
        int voted = 0;
        foreach (ref readonly ViewMember member in view.Span)
        {
            voted += votes(member.Member) ? 1 : 0;
        }

        return voted;
    }

    /// <summary>More than half, or half with the tie-breaker.</summary>
    private static bool HasHalf(View view, int voted, Func<Member, bool> votes)
    {
        int twice = voted * 2;
        return twice > view.Members.Count || (twice == view.Members.Count && voted > 0 && votes(TieBreaker(view)));
    }

    private static bool IsTheRestGone(View view, Func<Member, bool> votes, PeerTable peers)
    {
        foreach (ref readonly ViewMember member in view.Span)
        {
            if (!votes(member.Member) && !peers.IsGone(member.Member))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The balancer, as the side that clients reach is the one to serve; else the smallest name.</summary>
    public static Member TieBreaker(View view)
    {
        foreach (ref readonly ViewMember member in view.Span)
        {
            if (member.Role == MemberRole.Voter)
            {
                return member.Member;
            }
        }

        return view.Members[0].Member;
    }
}
