using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// Where sides serve on their own, who is excluded hands in what it has before it wishes to be a member again: what it
/// has wished before it was one counts for nothing.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class WishChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<(Member By, Member From), long> _wishedIn = [];

    /// <summary>A member is about to hear that a process has the map of a view, and wishes to be in the next one.</summary>
    public void Heard(SimulatedProcess by, Member from, JoinRequest wish)
    {
        if (cluster.Options.PartitionPolicy == PartitionPolicy.Available)
        {
            _wishedIn[(by.Member, from)] = wish.View;
        }
    }

    /// <returns>Why a view may not be proposed with one who is new in it; nothing, where it may.</returns>
    public string? WhyNotGranted(SimulatedProcess proposer, View next)
    {
        foreach (ref readonly ViewMember member in next.Span)
        {
            if (!proposer.Machine.View.Contains(member.Member)
                && _wishedIn.TryGetValue((proposer.Member, member.Member), out long wishedIn)
                && ViewNumber.AreRelated(wishedIn, next.Number) && wishedIn + 2 < next.Number)
            {
                return $"proposes {next} with {member.Member}, which has wished so in view {wishedIn}";
            }
        }

        return null;
    }
}
