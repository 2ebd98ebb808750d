using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Protocol;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>
/// After a node has joined, moves backups to it, a few at a time, until it holds about as much as the others. Primaries
/// stay where their clients are.
/// </summary>
internal sealed class Rebalancer(
    NodeContext context, Reconfigurer reconfigurer, Protector protector, ProtectionQueue protection)
{
    private readonly MapWalk _walk = new(context.Map, context.Settings.SessionsAtOnce);
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

        Peer? heavy = null;
        Peer? light = null;
        foreach (ViewMember member in context.Views.Current.Span)
        {
            if (context.Peers.IsEligible(member, context.Now))
            {
                Peer peer = context.Peers.Find(member.Member.Node)!;
                heavy = heavy is null || peer.BytesHeld >= heavy.BytesHeld ? peer : heavy;
                light = light is null || peer.BytesHeld < light.BytesHeld ? peer : light;
            }
        }

        if (heavy is not null && light is not null && heavy != light)
        {
            Move(heavy, light);
        }
    }

    /// <summary>
    /// Moves until half of the difference is gone. Every member moves on its own, so each moves at most its share of
    /// that: if all moved a little more, what was too full would be too empty, and they would move for ever.
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
        if (!_walk.IsUnderWay)
        {
            _walk.Begin();
        }

        foreach ((SessionId _, Location location) in _walk.Next())
        {
            if (moves.Count >= context.Settings.MovesAtOnce)
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
            if (!reconfigurer.HasRoom)
            {
                break;
            }

            if (protector.MoveBackup(copy, from, to))
            {
                light.BytesHeld += copy.Bytes;
                heavy.BytesHeld -= copy.Bytes;
            }
        }
    }
}
