using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Compares maps: each heartbeat carries the digest of the sender's, and two that differ for a while exchange the part
/// that does not cease to differ. Copies that nothing is recorded of, left over from a change that never came about, are dropped.
/// </summary>
internal sealed class Repair(NodeContext context, MapSync sync, Follower follower, Locator locator)
{
    private long _request;
    private Instant _nextOrphanSweepAt = context.Now;

    /// <summary>How long two digests must differ: longer than a change is usually under way.</summary>
    private TimeSpan Patience => context.Settings.SuspectAfter;

    public void Receive(Peer peer, Heartbeat heartbeat)
    {
        // Without replication each member knows its own sessions only, and the maps have nothing in common.
        bool comparable = context.Settings.Replicates
            && context.Views is { IsServing: true, IsSealed: false }
            && heartbeat.View == context.Views.Current.Number
            && heartbeat.Status != MemberStatus.Joining;
        if (!comparable || heartbeat.MapDigest == context.Map.Root)
        {
            peer.DigestDiffersSince = Instant.Never;
            peer.DifferingBuckets = [];
        }
        else if (peer.DigestDiffersSince == Instant.Never)
        {
            peer.DigestDiffersSince = context.Now;
        }
        else if (context.Now - peer.DigestDiffersSince >= Patience && !sync.IsBusy && peer.Link is { } process)
        {
            peer.DigestDiffersSince = context.Now;
            context.Send(process, new MapDigestsRequest(++_request));
        }
    }

    public void Receive(Member from, MapDigests digests)
    {
        if (context.Views is { IsServing: true, IsSealed: false } && digests.View == context.Views.Current.Number)
        {
            List<int> lasting = LastingDifferences(from, digests);
            sync.Pull(from, lasting, PullMode.Merge, pull =>
            {
                if (pull.Taken > 0)
                {
                    context.Report(new LocationsRepaired(from, pull.Taken));
                }
            });
        }
    }

    /// <summary>
    /// Where sessions begin all the time some record is always under way, so two maps hardly ever agree; but it is
    /// another part in which they differ each time.
    /// </summary>
    private List<int> LastingDifferences(Member from, MapDigests digests)
    {
        if (context.Peers.Find(from.Node) is not { } peer)
        {
            return [];
        }

        List<int> differing = context.Map.Differing(digests.Digests);
        List<int> lasting = [.. differing.Where(peer.DifferingBuckets.Contains)];
        peer.DifferingBuckets = differing;
        return lasting;
    }

    public void Tick()
    {
        if (context.Now < _nextOrphanSweepAt)
        {
            return;
        }

        _nextOrphanSweepAt = context.Now + context.Settings.FoundingPatience;
        follower.Tick();
        if (!context.Views.IsServing || context.Views.IsSealed)
        {
            return;
        }

        List<SessionCopy> orphans = [];
        foreach ((SessionId _, Location location) in context.Map.All())
        {
            bool isNeeded = location.IsRecorded && location.Placement!.Contains(context.Self);
            if (location.Copy is { } copy && !isNeeded && (copy.IsPrimary ? HasPassedOn(copy, location) : follower.IsLeftOver(copy)))
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
            locator.ConfirmEnd(orphan.Session, location.Counter);
        }
        else if (!context.Views.Current.Contains(needed.Primary))
        {
            follower.Drop(orphan, CommitResult.Unavailable);
        }
        else if (recorded is not null)
        {
            context.SendStale(needed.Primary, orphan.Session, location.Configuration);
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
        && context.Now - peer.LinkedSince > context.Settings.FoundingPatience
        && !context.Peers.IsSilent(primary.Node, context.Now);
}
