using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// What a primary does where a holder owes it an acknowledgement: it waits, sends the state once more, and then does
/// without the holder.
/// </summary>
internal sealed class OverdueHolders(
    NodeContext context, CopySender sender, Replicator replicator, Protector protector)
{
    /// <summary>A connection stands again: what was under way on the old one may be lost.</summary>
    public void LinkUp(Member holder)
    {
        foreach (SessionCopy copy in replicator.Busy)
        {
            if (copy.Work?.Find(holder) is { Owes: true } progress)
            {
                progress.IsToRepeat = !sender.TryRepeat(copy, progress);
            }
        }
    }

    public void Tick()
    {
        foreach (Peer peer in context.Peers.All)
        {
            peer.BytesRepeated = 0;
        }

        foreach (SessionCopy copy in replicator.Busy.ToArray())
        {
            if (copy.Work is { } work)
            {
                foreach (HolderProgress holder in work.Holders.ToArray())
                {
                    if (holder.IsToRepeat)
                    {
                        RepeatIfRoom(copy, holder);
                    }
                    else if (holder.Owes && context.Now - holder.WaitingSince > context.Settings.HolderPatience
                        && !sender.IsInLine(holder))
                    {
                        Urge(copy, holder);
                    }
                }

                replicator.Advance(copy);
            }
        }
    }

    /// <summary>It is waited for from when it was sent what the new connection had no room for.</summary>
    private void RepeatIfRoom(SessionCopy copy, HolderProgress holder)
    {
        if (sender.TryRepeat(copy, holder))
        {
            holder.IsToRepeat = false;
            holder.WaitingSince = context.Now;
        }
    }

    /// <summary>A holder that is heard may have missed a message, and gets it once more; then it is replaced.</summary>
    private void Urge(SessionCopy copy, HolderProgress holder)
    {
        Peer? peer = context.Peers.Find(holder.Holder.Node);
        bool isHeard = peer?.Link == holder.Holder
            && context.Now - peer.LastHeard <= context.Settings.HolderPatience + context.Settings.HeartbeatInterval;
        if (isHeard && holder.Repetitions == 0)
        {
            holder.Repetitions = sender.TryRepeat(copy, holder) ? 1 : 0;
            return;
        }

        if (peer is not null)
        {
            peer.Unresponsive = true;
        }

        holder.WaitingSince = context.Now;

        // Where nobody can take its place, it gets the state again: it may have been unable to take anything just then.
        holder.Repetitions = 0;
        protector.ReplaceHolder(copy, holder.Holder);
    }
}
