using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// Where sides serve on their own, who is excluded hands in what it has before it wishes to be a member again: what it
/// has wished before it was one counts for nothing. And nobody is let in without the promise of a member that is heard
/// because another has waited for that for long.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class WishChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<(Member By, Member From), (long View, Instant Since)> _wishes = [];

    /// <summary>A member is about to hear that a process has the map of a view, and wishes to be in the next one.</summary>
    public void Heard(SimulatedProcess by, Member from, JoinRequest wish)
    {
        Instant since = _wishes.TryGetValue((by.Member, from), out (long, Instant Since) earlier) ? earlier.Since : by.Now;
        _wishes[(by.Member, from)] = (wish.View, since);
    }

    /// <param name="proposer">Who proposes the view, as nobody has accepted another one.</param>
    /// <param name="next">The view.</param>
    /// <param name="promises">Who has promised.</param>
    /// <returns>Why a view may not be proposed with one who is new in it; nothing, where it may.</returns>
    public string? WhyNotGranted(SimulatedProcess proposer, View next, ICollection<Member> promises)
    {
        Member? lacking = null;
        foreach (ref readonly ViewMember member in proposer.Machine.View.Span)
        {
            bool isNeeded = member.Member != proposer.Member && !proposer.Machine.Inspection.MayDoWithout(member.Member);
            lacking = isNeeded && !promises.Contains(member.Member) ? member.Member : lacking;
        }

        foreach (ref readonly ViewMember member in next.Span)
        {
            if (proposer.Machine.View.Contains(member.Member)
                || !_wishes.TryGetValue((proposer.Member, member.Member), out (long View, Instant Since) wish))
            {
                continue;
            }

            if (cluster.Options.PartitionPolicy == PartitionPolicy.Available
                && ViewNumber.AreRelated(wish.View, next.Number) && wish.View + 2 < next.Number)
            {
                return $"proposes {next} with {member.Member}, which has wished so in view {wish.View}";
            }

            if (lacking is { } promiser && proposer.Now - wish.Since < cluster.Options.SuspectAfterOf(proposer.Member) * 2)
            {
                return $"proposes {next} with {member.Member}, which has just asked, without the promise of {promiser}";
            }
        }

        return null;
    }
}
