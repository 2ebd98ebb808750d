using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Compares maps: each heartbeat carries the digest of the sender's, and two that differ for a while exchange the part
/// that does not cease to differ.
/// </summary>
internal sealed class Repair(NodeContext context, MapSync sync)
{
    private long _request;

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
}
