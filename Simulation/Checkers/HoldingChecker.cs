namespace SessionCluster.Simulation;

/// <summary>
/// Whoever is a holder of the newest configuration has its copy, whatever has happened since: as long as it lives, and
/// nobody knows of a later configuration or of the session's end.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class HoldingChecker(SimulatedCluster cluster)
{
    /// <summary>Looks whether each has it.</summary>
    public void Inspect()
    {
        if (cluster.Options.Backups == 0 || cluster.Options.PartitionPolicy == PartitionPolicy.Available)
        {
            return;
        }

        foreach (SessionHistory session in cluster.History.Sessions)
        {
            if (session.Newest.Sequence > 0 && !session.MayBeRemoved && !session.MayBeExpired && !session.IsGone
                && cluster.Ledger.NewestOf(session.Id) is { Counter: > 0 } newest
                    && !cluster.Ledger.MayBeForgotten(session.Id))
            {
                Inspect(session, newest);
            }
        }
    }

    private void Inspect(SessionHistory session, Configuration newest)
    {
        foreach (Member holder in newest.Placement.HolderSpan)
        {
            if (cluster.Nodes[cluster.HostOf(holder.Node)].Process is { IsDrained: false } process
                && process.Member == holder
                && process.Machine.Inspection.CopyOf(session.Id) is null && !IsSucceeded(session, newest)
                && !cluster.Repairs.Excuses(holder, session.Id))
            {
                throw new SimulationFailedException(
                    $"session {session.Name}: {holder} has no copy, though {newest} is in force");
            }
        }
    }

    /// <summary>
    /// Whether somebody knows of a later configuration: a view may have begun with it, without a word.
    /// </summary>
    private bool IsSucceeded(SessionHistory session, Configuration newest)
    {
        foreach (SimulatedProcess process in cluster.ProcessSpan)
        {
            if (process.Machine.ConfigurationOf(session.Id).Counter > newest.Counter
                || process.Machine.Inspection.CopyOf(session.Id)?.Configuration.Counter > newest.Counter)
            {
                return true;
            }
        }

        return false;
    }
}
