using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// How a member leaves: with a word to all that it is connected with, when the others have the map of the view, and not
/// between a promise and the view that follows it; and, where nothing else is wrong, with no copy that others could
/// hold.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class LeavingChecker(SimulatedCluster cluster)
{
    private readonly HashSet<(Member By, Member To)> _told = [];

    /// <summary>A member tells another that it leaves.</summary>
    public void Told(SimulatedProcess by, Member to) => _told.Add((by.Member, to));

    /// <summary>A member has left.</summary>
    public void Left(SimulatedProcess process)
    {
        CheckThatAllAreTold(process);
        if (!process.MayLose && process.Machine.BackupCount + process.Machine.PrimaryCount > 0)
        {
            throw new SimulationFailedException(
                $"{process.Member} leaves with {process.Machine.PrimaryCount} sessions that it leads and "
                + $"{process.Machine.BackupCount} backups, and may lose nothing");
        }

        if (cluster.Options.Backups > 0 && process.Machine.BackupCount + process.Machine.PrimaryCount == 0
            && process.Now - process.Machine.Inspection.LeavingSince < PatienceOf(process))
        {
            CheckThatNobodyNeedsIt(process);
        }

        CheckThatNobodyIsBackSoon(process);
        if (!cluster.Options.IsStrict || !cluster.Processes.Any(other => other != process && MayHold(other)))
        {
            return;
        }

        if (process.Machine.BackupCount > 0)
        {
            throw new SimulationFailedException(
                $"{process.Member} leaves with {process.Machine.BackupCount} backups although others could hold them");
        }
    }

    private void CheckThatAllAreTold(SimulatedProcess process)
    {
        foreach (SimulatedProcess other in cluster.ProcessSpan)
        {
            bool isConnected = process.Links[other.Host] is { } link && link.PeerOf(process) == other;
            if (isConnected && process.Machine.Inspection.IsLinked(other.Member)
                && !_told.Contains((process.Member, other.Member)))
            {
                throw new SimulationFailedException($"{process.Member} leaves, and says nothing to {other.Member}");
            }
        }
    }

    /// <summary>
    /// Who has something waits for a node to which its connection has just broken: it may take that when it is back. But
    /// not for one that has said farewell, nor where nothing runs there any more.
    /// </summary>
    private void CheckThatNobodyIsBackSoon(SimulatedProcess process)
    {
        if (cluster.Options.Backups == 0 || process.Machine.BackupCount + process.Machine.PrimaryCount == 0)
        {
            return;
        }

        foreach (SimulatedNode node in cluster.Nodes)
        {
            if (node != process.Node && process.Machine.Inspection.MissedSince(node.Id) is { } heardAt
                && process.Now - heardAt < PatienceOf(process))
            {
                throw new SimulationFailedException($"{process.Member} leaves with what it has, though it has heard "
                    + $"{node.Id} {process.Now - heardAt} ago, and may hear it again");
            }
        }
    }

    /// <summary>Who has nothing waits for the view that it has promised, and for those who may copy its map.</summary>
    private void CheckThatNobodyNeedsIt(SimulatedProcess process)
    {
        Inspection machine = process.Machine.Inspection;
        foreach (ref readonly ViewMember member in process.Machine.View.Span)
        {
            if (!machine.MayGiveTo(member.Member)
                || cluster.Nodes[cluster.HostOf(member.Member.Node)].Process is not
                    { IsPaused: false, IsDrained: false } other
                || other.Member != member.Member)
            {
                continue;
            }

            if (machine.IsSealed)
            {
                throw new SimulationFailedException(
                    $"{process.Member} leaves after it has promised the view that follows {process.Machine.View}");
            }

            if (machine.IsServing && (other.Machine.View.Number == process.Machine.View.Number
                ? !other.Machine.Inspection.IsServing
                : ViewNumber.IsLater(process.Machine.View.Number, other.Machine.View.Number)))
            {
                throw new SimulationFailedException(
                    $"{process.Member} leaves, and {other.Member} has not the map of {process.Machine.View}");
            }
        }
    }

    /// <summary>
    /// Whoever stops a node has waited for long: a node leaves as long as there is somebody to take what it has. One that
    /// may lose nothing stays for good where there was nobody for a moment.
    /// </summary>
    public static string? WhyNotLeft(SimulatedCluster cluster, SimulatedProcess process) =>
        !process.IsDrained && !process.IsPaused
            && (process.MayLose || process.Machine.Status == MemberStatus.Leaving) && cluster.Processes.Any(other => other != process && MayHold(other))
            ? $"{process.Member} does not leave, with {process.Machine.PrimaryCount} sessions that it leads and "
                + $"{process.Machine.BackupCount} backups, although others could hold them" : null;

    private static bool MayHold(SimulatedProcess process) =>
        process is { Role: MemberRole.Node, IsPaused: false, IsDrained: false, Machine.IsReady: true };

    /// <summary>
    /// How long a node that leaves waits for those that say nothing, by its own clock, also where all that it knows have
    /// a shorter time.
    /// </summary>
    private TimeSpan PatienceOf(SimulatedProcess process) => cluster.Options.FoundingPatienceOf(process.Member);
}
