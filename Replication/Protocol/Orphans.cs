using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Drops copies that nothing is recorded of, left over from a change that never came about, or that nobody needs any
/// more.
/// </summary>
internal sealed class Orphans(NodeContext context, Follower follower, EndsInDoubt ends, Confirmations confirmations)
{
    private readonly MapWalk _walk = new(context.Map, context.Settings.SessionsAtOnce);
    private Instant _nextWalkAt = context.Now;

    public void Tick()
    {
        if (context.Now >= _nextWalkAt && !_walk.IsUnderWay)
        {
            _nextWalkAt = context.Now + context.Times.FoundingPatience;
            _walk.Begin();
            ends.ForgetDecided();
        }

        if (_walk.IsUnderWay && context.Views is { IsServing: true, IsSealed: false })
        {
            LookForSome();
        }
    }

    private void LookForSome()
    {
        List<SessionCopy> orphans = [];
        foreach ((SessionId _, Location location) in _walk.Next())
        {
            bool isNeeded = location.IsRecorded && location.Placement!.Contains(context.Self);
            if (location.Copy is { } copy && !isNeeded
                && (copy.IsPrimary ? HasPassedOn(copy, location) : follower.IsLeftOver(copy)))
            {
                orphans.Add(copy);
            }
        }

        foreach (SessionCopy orphan in orphans)
        {
            AskOrDrop(orphan);
        }
    }

    /// <summary>
    /// A former primary's session has ended elsewhere; so its hand-over was in force, and nobody told it.
    /// </summary>
    private static bool HasPassedOn(SessionCopy copy, in Location location) =>
        copy.Work is { GivenAway: not null } && location.Placement is { IsAlive: false };

    /// <summary>
    /// A copy goes when it is known not to be needed: a quorum has recorded that its session has ended, or nobody is
    /// left who may need it.
    /// </summary>
    private void AskOrDrop(SessionCopy orphan)
    {
        context.Map.TryGet(orphan.Session, out Location location);
        Placement? recorded = location.Placement;
        Placement needed = recorded is { IsAlive: true } ? recorded : orphan.Configuration.Placement;
        if (recorded is { IsAlive: false })
        {
            confirmations.ConfirmEnd(orphan.Session, location.Counter);
        }
        else if (!context.Views.Current.Contains(needed.Primary))
        {
            follower.Drop(orphan, CommitResult.Unavailable);
        }
        else if (recorded is not null)
        {
            context.SendStale(needed.Primary, orphan.Session, location.Configuration);
            if (!orphan.IsPrimary && !context.Settings.ServesDivided
                && context.Peers.IsAway(needed.Primary, context.Now))
            {
                // The way there may be cut for long, and a node that leaves waits until it has nothing. Where it may be
                // a side that serves on its own, that is waited for.
                confirmations.ConfirmPassing(orphan.Session, location.Counter);
            }
        }
        else if (needed.Primary == context.Self)
        {
            // This node led it once, so there is nobody else who could want its record.
            confirmations.ConfirmEnd(orphan.Session, orphan.Configuration.Counter);
        }
        else if (HasListenedTo(needed.Primary))
        {
            follower.Drop(orphan, CommitResult.Unavailable);
        }
    }

    /// <summary>
    /// Whether a primary that still wanted its record here, and repeats it, would have been heard by now.
    /// </summary>
    private bool HasListenedTo(Member primary) =>
        context.Peers.IsLinked(primary)
        && context.Peers.Find(primary.Node) is { } peer
        && context.Now - peer.LinkedSince > context.Times.FoundingPatience
        && !context.Peers.IsSilent(primary.Node, context.Now);
}
