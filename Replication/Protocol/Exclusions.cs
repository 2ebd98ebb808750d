using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Lets one request after the other have a session for itself, where it must read, compute and write. Only exclusive
/// loads wait for one another: who merely reads or changes other keys is not held up on this node, but no other node
/// takes the session over meanwhile. What is held is known to the primary alone. A successor knows nothing of it, so a
/// commit under it is refused as soon as its load does not hold the session on this very primary any more.
/// </summary>
internal sealed class Exclusions(NodeContext context, Replicator replicator, Requests requests)
{
    /// <summary>
    /// Whether a request of the session's primary has to wait for the load that holds the session, or until whoever
    /// claims the session has it. Nothing begins before a claimant; what has begun ends here, as it would otherwise run
    /// after the session from node to node.
    /// </summary>
    public static bool MustWait(SessionRequest request, CopyWork? work) =>
        request.Kind == RequestKind.Load
        && work is not null
        && (work.IsClaimed || (request.IsExclusive && work.ExclusiveLoad is not null));

    /// <summary>
    /// Whether a commit or a removal rests on an exclusive load that does not hold the session any more.
    /// </summary>
    public bool IsBroken(SessionRequest request) => request.ExclusiveLoad is { } load
        && (context.Map.CopyOf(request.Session) is not { IsPrimary: true, Work: { } work } || work.ExclusiveLoad != load);

    /// <summary>Gives the session to a load that is about to be answered.</summary>
    public void GrantIfWanted(SessionRequest load, SessionCopy copy)
    {
        if (load is { IsExclusive: true, IsAnswered: false })
        {
            replicator.WorkOf(copy).ExclusiveLoad = load.Number;
        }
    }

    /// <summary>Lets the next one have the session: whoever claims it on another node, else who waits here.</summary>
    public void Release(SessionId session, long load)
    {
        if (context.Map.CopyOf(session) is { Work: { } work } copy && work.ExclusiveLoad == load)
        {
            work.ExclusiveLoad = null;
            replicator.Advance(copy);
            requests.Resume(session);
        }
    }
}
