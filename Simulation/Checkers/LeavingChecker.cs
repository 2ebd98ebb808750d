namespace SessionCluster.Simulation;

/// <summary>
/// How a member leaves where nothing else is wrong: with no copy that others could hold, and when the others have the
/// map of the view.
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

    private static bool MayHold(SimulatedProcess process) =>
        process is { Role: MemberRole.Node, IsPaused: false, IsDrained: false, Machine.IsReady: true };
}
