using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// What a primary says to the holders of its sessions: a commit where they have what it applies to, else the whole
/// state; and what it has said to each of them.
/// </summary>
internal sealed class CopySender(NodeContext context)
{
    /// <summary>
    /// Whether it is marked which keys a commit has changed, and when, as sides may serve on their own and are merged.
    /// </summary>
    public bool IsMarked(SessionDelta delta) => context.Settings.ServesDivided && !delta.IsEmpty;

    public void SendFull(SessionCopy copy, HolderProgress holder) =>
        Send(copy, holder, -1, new ReplicatePayload(null, copy.State));

    /// <summary>
    /// Sends a holder the whole state once more, but not where it was sent so much of that just now that the rest has
    /// to wait for the next tick: more than a connection lets wait would end it, and begin anew on the next one.
    /// </summary>
    /// <returns>Whether there was room.</returns>
    public bool TryRepeat(SessionCopy copy, HolderProgress holder)
    {
        if (context.Peers.Find(holder.Holder.Node) is { } peer)
        {
            if (peer.BytesRepeated >= context.Settings.ProtectionWindowBytes)
            {
                return false;
            }

            peer.BytesRepeated += copy.Bytes;
        }

        SendFull(copy, holder);
        return true;
    }

    /// <summary>
    /// Makes sure that a holder of the former configuration has the same sequence; else it asks for all.
    /// </summary>
    public void SendCheck(SessionCopy copy, HolderProgress holder) =>
        Send(copy, holder, copy.Sequence, new ReplicatePayload(SessionDelta.Nothing, null));

    public void SendCommit(SessionCopy copy, HolderProgress holder, SessionDelta delta)
    {
        if (holder.Sent == copy.Sequence - 1)
        {
            Send(copy, holder, copy.Sequence - 1, new ReplicatePayload(delta, null));
        }
        else
        {
            SendFull(copy, holder);
        }
    }

    private void Send(SessionCopy copy, HolderProgress holder, long baseSequence, ReplicatePayload payload)
    {
        Configuration told = copy.Work?.Change is { } change && change.Target.Placement.Contains(holder.Holder)
            && (holder.MinimumCounter >= change.Target.Counter)
            ? change.Target
            : copy.Configuration;
        bool isFirst = !holder.Owes;
        if (isFirst)
        {
            holder.WaitingSince = context.Now;
        }

        if ((isFirst || payload.Full is not null) && context.Peers.Find(holder.Holder.Node) is { } peer)
        {
            holder.OwedFrom = ++peer.CopiesSent;
        }

        holder.Sent = copy.Sequence;
        holder.SentCounter = Math.Max(holder.SentCounter, told.Counter);
        if (!context.Views.IsServing)
        {
            // What is under way here was wanted in an earlier view. Until this member has the map of the present one it
            // cannot know whether it still leads the session, and must not speak as if it did.
            return;
        }

        var version = new HolderVersion(told.Counter, copy.Sequence);
        TimeSpan idle = context.Now - copy.LastAccess;

        // The whole state says in which view it was said, too: who gets it late must not take it for what is so now.
        Configuration? brought = holder.ToldCounter < told.Counter || payload.Full is not null ? told : null;
        long view = context.Views.Current.Number;
        long work = copy.Work?.Number ?? 0;
        if (payload.Delta is { } delta && IsMarked(delta))
        {
            context.Send(holder.Holder, new Replicate(
                copy.Session, version, baseSequence, payload, idle, brought, view)
            {
                IsMarked = true, Work = work,
            });
        }
        else if (context.Peers.IsLinked(holder.Holder))
        {
            context.Outbox.SendReplicate(
                holder.Holder, copy.Session, version, baseSequence, payload, idle, brought, view, work);
        }
    }

    /// <summary>A holder has acknowledged; if all of the copy, what was sent before has come as well.</summary>
    public void NoteTaken(HolderProgress holder)
    {
        if (!holder.Owes)
        {
            holder.IsToRepeat = false;
            context.Peers.Find(holder.Holder.Node)?.TakeCopy(holder.OwedFrom, context.Now);
        }
    }

    /// <summary>
    /// Whether a holder has only to take what it was sent before. To send it the state once more, or to somebody else,
    /// would make that longer: a machine that is busy would never be done.
    /// </summary>
    public bool IsInLine(HolderProgress holder) => context.Peers.Find(holder.Holder.Node) is { } peer
        && peer.Link == holder.Holder
        && peer.IsInLine(holder.OwedFrom, context.Now, context.Settings.HolderPatience);
}
