using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Protocol;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>
/// After a node has joined, moves backups to it, a few at a time, until it holds about as much as the others. Primaries
/// stay where their clients are.
/// </summary>
internal sealed class Rebalancer(
    NodeContext context, Reconfigurer reconfigurer, ProtectionQueue protection, BackupChooser chooser)
{
    private const int MovesAtOnce = 32;

    private Instant _nextAt = context.Now;

    public void Tick()
    {
        if (context.Now < _nextAt)
        {
            return;
        }

        _nextAt = context.Now + (context.Settings.HeartbeatInterval * 2);
        if (!context.Settings.Replicates || !context.Views.IsServing || context.Views.IsSealed || protection.IsBusy
            || reconfigurer.Running > 0 || context.Status == MemberStatus.Leaving)
        {
            return;
        }

        List<Peer> peers = Eligible();
        if (peers.Count < 2)
        {
            return;
        }

        peers.Sort(static (left, right) => left.BytesHeld != right.BytesHeld
            ? left.BytesHeld.CompareTo(right.BytesHeld)
            : left.Node.CompareTo(right.Node));
        Move(peers[^1], peers[0]);
    }

    private List<Peer> Eligible() =>
    [
        .. context.Views.Current.Members
            .Where(member => chooser.IsEligible(member.Member))
            .Select(member => context.Peers.Find(member.Member.Node)!),
    ];

    /// <summary>
    /// Moves until half of the difference is gone. Every member moves on its own, so each moves at most its share of that:
    /// if all moved a little more, what was too full would be too empty, and they would move for ever.
    /// </summary>
    private void Move(Peer heavy, Peer light)
    {
        long surplus = (heavy.BytesHeld - light.BytesHeld) / 2 / Math.Max(1, context.Views.Current.Members.Count - 1);
        bool isUneven = light.BytesHeld < heavy.BytesHeld - (heavy.BytesHeld / 4)
            && heavy.BytesHeld - light.BytesHeld > SessionCopy.OverheadBytes * 8;
        if (!isUneven)
        {
            return;
        }

        Member from = heavy.Link!.Value;
        Member to = light.Link!.Value;
        var moves = new List<SessionCopy>();
        foreach ((SessionId _, Location location) in context.Map.All())
        {
            if (moves.Count >= MovesAtOnce)
            {
                break;
            }

            if (location.Copy is { IsPrimary: true, IsEffective: true, Work: null } copy
                && copy.Bytes <= surplus
                && copy.Configuration.Placement.Contains(from) && !copy.Configuration.Placement.Contains(to))
            {
                moves.Add(copy);
                surplus -= copy.Bytes;
            }
        }

        foreach (SessionCopy copy in moves)
        {
            if (reconfigurer.MoveBackup(copy, from, to))
            {
                light.BytesHeld += copy.Bytes;
                heavy.BytesHeld -= copy.Bytes;
            }
        }
    }
}
