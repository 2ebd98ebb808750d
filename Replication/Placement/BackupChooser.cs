using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>
/// Chooses backups: the member that holds the fewest bytes; among equals by rendezvous hash of session and member
/// (Thaler and Ravishankar, 1998), which is even and the same everywhere.
/// </summary>
internal sealed class BackupChooser(NodeContext context)
{
    /// <summary>How many holders a session should have now, this node included.</summary>
    public int DesiredHolders() => (int)Math.Min(1L + context.Settings.Backups, 1L + CountEligible());

    /// <summary>Chooses up to <paramref name="count"/> members that are not yet holders.</summary>
    public List<Member> Choose(SessionId session, int count, IReadOnlyCollection<Member> taken, int bytes)
    {
        List<Member> chosen = [];
        while (chosen.Count < count && Best(session, taken, chosen) is { } best)
        {
            chosen.Add(best.Link!.Value);
            best.BytesHeld += bytes + SessionCopy.OverheadBytes;
        }

        return chosen;
    }

    public bool IsEligible(Member member) =>
        context.Views.Current.Find(member.Node) is { } found
        && found.Member == member
        && context.Peers.IsEligible(found, context.Now);

    private int CountEligible()
    {
        int count = 0;
        foreach (ref readonly ViewMember member in context.Views.Current.Span)
        {
            count += context.Peers.IsEligible(member, context.Now) ? 1 : 0;
        }

        return count;
    }

    private Peer? Best(SessionId session, IReadOnlyCollection<Member> taken, List<Member> chosen)
    {
        Peer? best = null;
        ulong bestWeight = 0;
        foreach (ViewMember member in context.Views.Current.Span)
        {
            if (!context.Peers.IsEligible(member, context.Now)
                || taken.Contains(member.Member)
                || chosen.Contains(member.Member))
            {
                continue;
            }

            Peer peer = context.Peers.Find(member.Member.Node)!;
            ulong weight = StableHash.Mix(StableHash.Add(session.Prefix, peer.Node.Name));
            if (best is null || peer.BytesHeld < best.BytesHeld || (peer.BytesHeld == best.BytesHeld && weight > bestWeight))
            {
                (best, bestWeight) = (peer, weight);
            }
        }

        return best;
    }
}
