using SessionCluster.Replication.Protocol;

namespace SessionCluster.Replication.Membership;

/// <summary>
/// Gathers the maps of those who have promised: what is recorded in any of them is merged here before a view is proposed;
/// or, where a view may have been agreed before, its map is copied.
/// </summary>
internal sealed class MapGathering(NodeContext context, MapSync sync, ViewDecision decision)
{
    /// <summary>Called when a map has come for an attempt, or could not.</summary>
    public required Action<ViewAttempt> Came { get; init; }

    /// <summary>Merges the map of somebody who has promised into the one here.</summary>
    public void Merge(ViewAttempt attempt, Member from, IReadOnlyList<BucketDigest> digests)
    {
        attempt.Merging.Add(from);
        attempt.Merged[from] = digests;
        sync.Pull(from, digests, PullMode.Gather, pull => Gathered(attempt, from, pull));
    }

    /// <summary>
    /// What may have been agreed is the view with its map. What this member or others know beside that map came to
    /// nothing: with it, some would begin the view with another map than those who have begun it already.
    /// </summary>
    public void Take(ViewAttempt attempt, Member from, IReadOnlyList<BucketDigest> digests)
    {
        sync.Clear();
        attempt.Promises.UnionWith(attempt.Merging.Select(context.Views.AsMember));
        attempt.Merging.Clear();
        attempt.Merged.Clear();
        attempt.Grown.Clear();
        attempt.AwaitedMap = from;
        sync.Pull(from, digests, PullMode.Replace, pull =>
        {
            // Who has entered that view meanwhile has told what it has recorded there since.
            bool came = pull.IsComplete && context.Map.Differing(digests).Count == 0;
            if (came && attempt.AwaitedMap == from)
            {
                attempt.AwaitedMap = null;
            }

            Gathered(attempt, from, pull with { IsComplete = came });
        });
    }

    /// <summary>
    /// Asks those again whose maps were merged before sessions came of which nothing was recorded here: a map that has
    /// not what is recorded of them now may have their end.
    /// </summary>
    /// <returns>Whether anybody was asked.</returns>
    public bool LackEnds(ViewAttempt attempt)
    {
        int[] grown = [.. attempt.Grown];
        attempt.Grown.Clear();
        foreach ((Member member, IReadOnlyList<BucketDigest> digests) in grown.Length > 0 ? attempt.Merged.ToArray() : [])
        {
            List<int> asked = [.. context.Map.Differing(digests).Intersect(grown)];
            if (asked.Count > 0)
            {
                attempt.Promises.Remove(context.Views.AsMember(member));
                attempt.Merging.Add(member);
                sync.Pull(member, asked, PullMode.Gather, pull => Gathered(attempt, member, pull));
            }
        }

        return attempt.LacksMap;
    }

    /// <summary>
    /// Whether the map of somebody who has promised is on its way here, or the one to be agreed to somebody who has not
    /// accepted yet. However many pages they have, they end, as nobody who has promised records anything more; who
    /// began again would begin with the first page. A group that divides does so only while it hears no quorum, and
    /// looks at that anew each time.
    /// </summary>
    public bool AreUnderWay(ViewAttempt attempt)
    {
        if (decision.IsDividing(attempt) || !(attempt.IsAccepting || attempt.LacksMap))
        {
            return false;
        }

        foreach (ref readonly ViewMember member in context.Views.Current.Span)
        {
            // Who has begun anew copies maps as well, and belongs to no attempt.
            bool hasVoted = (attempt.IsAccepting ? attempt.Accepts : attempt.Promises).Contains(member.Member);
            if (!hasVoted && !context.Peers.IsGone(member.Member) && context.Peers.Find(member.Member.Node) is { } peer
                && context.Now - peer.PageAt < context.Settings.HolderPatience)
            {
                return true;
            }
        }

        return false;
    }

    private void Gathered(ViewAttempt attempt, Member from, PullResult pull)
    {
        attempt.Merging.Remove(from);
        attempt.Grown.UnionWith(pull.Grown);
        if (pull.IsComplete)
        {
            attempt.Promises.Add(context.Views.AsMember(from));
        }

        Came(attempt);
    }
}
