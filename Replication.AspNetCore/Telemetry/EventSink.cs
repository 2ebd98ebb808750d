using Microsoft.Extensions.Logging;
using SessionCluster.Replication.AspNetCore.Security;

namespace SessionCluster.Replication.AspNetCore.Telemetry;

/// <summary>Turns the machine's facts into logs and measures. Called by the loop, and therefore never waits.</summary>
internal sealed class EventSink(
    ILogger<EventSink> logger, ReplicationMetrics metrics, ClusterSecret secret, ClusterMembership membership)
{
    public void Report(ClusterEvent clusterEvent)
    {
        switch (clusterEvent)
        {
            case SessionPlaced or SessionPromoted or SessionTakenOver or SessionEnded or CopyRepaired or SessionMerged
                or SessionBegunAnew:
                Measure(clusterEvent);
                if (logger.IsEnabled(LogLevel.Debug))
                {
                    LogSession(clusterEvent);
                }

                break;
            case SessionsLost lost:
                if (lost.IsReporter)
                {
                    metrics.Lost(lost.Count);
                }

                logger.SessionsLost(lost.Count);
                break;
            case ProtectionRestored restored:
                metrics.ProtectionRestored(restored.Elapsed);
                logger.ProtectionRestored(restored.Sessions, (long)restored.Elapsed.TotalMilliseconds);
                break;
            case LocationsRepaired repaired:
                metrics.Repaired(repaired.Records);
                logger.LocationsRepaired(repaired.Records, repaired.Peer.Node);
                break;
            default:
                membership.Note(clusterEvent);
                LogMember(clusterEvent);
                break;
        }
    }

    private void Measure(ClusterEvent clusterEvent)
    {
        switch (clusterEvent)
        {
            case SessionPromoted:
                metrics.Promoted();
                break;
            case SessionTakenOver:
                metrics.TakenOver();
                break;
            case SessionEnded { Expired: true }:
                metrics.Expired();
                break;
            case SessionEnded:
                metrics.Removed();
                break;
            case CopyRepaired:
                metrics.Repaired(1);
                break;
            case SessionBegunAnew begun:
                metrics.BegunAnew();
                logger.SessionBegunAnew(secret.LabelOf(begun.Session));
                break;
            case SessionMerged merged:
                metrics.Merged(merged.Overwritten);
                if (merged.Overwritten > 0)
                {
                    logger.ValuesOverwritten(secret.LabelOf(merged.Session), merged.Overwritten, merged.From.Node);
                }

                break;
        }
    }

    private void LogMember(ClusterEvent clusterEvent)
    {
        switch (clusterEvent)
        {
            case ViewInstalled { Includes: true } installed:
                logger.ViewInForce(installed.View);
                break;
            case ViewInstalled installed:
                logger.ViewWithoutThisNode(installed.View);
                break;
            case MemberSuspected suspected:
                logger.MemberSuspected(suspected.Peer.Node, (long)suspected.Silence.TotalMilliseconds);
                break;
            case MemberHeardAgain heard:
                logger.MemberHeardAgain(heard.Peer.Node);
                break;
            case MemberDied died:
                logger.MemberDied(died.Peer.Node, died.Peer.Incarnation);
                break;
            case MemberLeaving leaving:
                logger.MemberLeaving(leaving.Peer.Node);
                break;
            case MemberStays staying:
                logger.MemberStays(staying.Peer.Node);
                break;
            case MemberLeft left:
                logger.MemberLeft(left.Peer.Node);
                break;
            case PermissionGained:
                logger.PermissionGained();
                break;
            case PermissionLost:
                logger.PermissionLost();
                break;
            case SidesDivided divided:
                logger.SidesDivided(divided.View);
                break;
            case SidesReunited reunited:
                logger.SidesReunited(reunited.Sessions, reunited.View);
                break;
            case SlownessNoticed slowness:
                logger.SlownessNoticed((long)slowness.Gap.TotalMilliseconds);
                break;
            case Drained drained:
                logger.NodeDrained(drained.Sessions, drained.Unprotected);
                break;
            case DrainGivenUp kept:
                logger.DrainGivenUp(kept.Sessions);
                break;
        }
    }

    private void LogSession(ClusterEvent clusterEvent)
    {
        switch (clusterEvent)
        {
            case SessionPromoted promoted:
                logger.SessionPromoted(secret.LabelOf(promoted.Session), promoted.Configuration.Placement);
                break;
            case SessionTakenOver taken:
                logger.SessionTakenOver(
                    secret.LabelOf(taken.Session), taken.From.Node, taken.Configuration.Placement);
                break;
            case SessionPlaced placed:
                logger.SessionPlaced(secret.LabelOf(placed.Session), placed.Configuration.Placement, placed.Created);
                break;
            case SessionEnded ended:
                logger.SessionEnded(secret.LabelOf(ended.Session), ended.Expired);
                break;
            case SessionMerged merged:
                logger.SessionMerged(secret.LabelOf(merged.Session), merged.From.Node, merged.Overwritten);
                break;
            case CopyRepaired repaired:
                logger.CopyRepaired(secret.LabelOf(repaired.Session), repaired.Holder.Node);
                break;
        }
    }
}
