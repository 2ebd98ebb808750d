namespace SessionCluster.Simulation;

/// <summary>
/// How a member leaves where nothing else is wrong: with no copy that others could hold, and when the others have the
/// map of the view; and never between a promise and the view that follows it.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class LeavingChecker(SimulatedCluster cluster)
{
    /// <summary>A member has said farewell.</summary>
    public void Left(SimulatedProcess process)
    {
        if (!cluster.Options.IsStrict || !cluster.Processes.Any(other => other != process && MayHold(other)))
        {
            return;
        }

        if (process.Machine.BackupCount > 0)
        {
            throw new SimulationFailedException(
                $"{process.Member} leaves with {process.Machine.BackupCount} backups although others could hold them");
        }

        if (process.Machine.Inspection.IsSealed)
        {
            throw new SimulationFailedException(
                $"{process.Member} leaves after it has promised the view that follows {process.Machine.View}");
        }

        foreach (ViewMember member in process.Machine.View.Members)
        {
            if (member.Member != process.Member
                && cluster.Nodes[cluster.HostOf(member.Member.Node)].Process is { IsPaused: false, IsDrained: false } other
                && other.Member == member.Member && !other.Machine.Inspection.IsServing)
            {
                throw new SimulationFailedException(
                    $"{process.Member} leaves, and {other.Member} has not the map of {process.Machine.View}");
            }
        }
    }

    /// <summary>
    /// Whoever stops a node has waited for long: a node leaves as long as there is somebody to take what it has.
    /// </summary>
    public static string? WhyNotLeft(SimulatedCluster cluster, SimulatedProcess process) =>
        !process.IsDrained && !process.IsPaused && cluster.Processes.Any(other => other != process && MayHold(other))
            ? $"{process.Member} does not leave, with {process.Machine.PrimaryCount} sessions that it leads and "
                + $"{process.Machine.BackupCount} backups, although others could hold them" : null;

    private static bool MayHold(SimulatedProcess process) =>
        process is { Role: MemberRole.Node, IsPaused: false, IsDrained: false, Machine.IsReady: true };
}
