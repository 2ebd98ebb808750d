using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// What members count for operators: one member reports what a view has lost, each end is reported once, and as many
/// sessions are called unprotected as are: those that wait for their promotion, and those that lack a holder (I11).
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class CountChecker(SimulatedCluster cluster)
{
    private readonly HashSet<SessionId> _ended = [];
    private View? _lostIn;
    private Member _reporter;

    /// <summary>
    /// A member has taken a step with a message. It counts as sessions change; here all that it has are looked at.
    /// </summary>
    public void After(SimulatedProcess process, Message? heard)
    {
        if (heard is not (ViewInstall or ViewAccepted or MapPage or LocationsRecorded or HandOver or Stale)
            || !process.Machine.Inspection.IsServing)
        {
            return;
        }

        ReplicationNode machine = process.Machine;
        (int primaries, int backups, int unprotected) = (0, 0, 0);
        foreach (SessionCopy copy in machine.Inspection.Copies)
        {
            primaries += copy.IsPrimary ? 1 : 0;
            backups += copy.IsPrimary ? 0 : 1;
            unprotected += copy.IsToLead || (copy.IsPrimary && LacksHolder(process, copy)) ? 1 : 0;
        }

        if ((machine.PrimaryCount, machine.BackupCount, machine.UnprotectedCount) != (primaries, backups, unprotected))
        {
            throw new SimulationFailedException(
                $"{process.Member} counts {machine.PrimaryCount} primaries, {machine.BackupCount} backups, "
                + $"{machine.UnprotectedCount} unprotected, but has {primaries}, {backups}, {unprotected}");
        }
    }

    private bool LacksHolder(SimulatedProcess process, SessionCopy copy) =>
        (copy.Configuration.Placement?.Holders.Count(process.Machine.View.Contains) ?? 0)
            < Math.Min(1L + cluster.Options.BackupsOf(process.Member), cluster.Options.Nodes);

    /// <summary>A member says how many sessions a view has lost.</summary>
    public void Lost(SimulatedProcess by, SessionsLost lost)
    {
        View view = by.Machine.View;
        if (!lost.IsReporter || view.Number == 0)
        {
            return;
        }

        if (_lostIn is { } known && known.Number == view.Number && known.Members.SequenceEqual(view.Members)
            && _reporter != by.Member)
        {
            throw new SimulationFailedException($"{by.Member} counts what {view} has lost, as {_reporter} has done");
        }

        (_lostIn, _reporter) = (view, by.Member);
    }

    /// <summary>All who knew its end are dead, and all who live hold it: it may end once more.</summary>
    public void BeginsAnew(SessionId session) => _ended.Remove(session);

    /// <summary>A member says that a session has ended.</summary>
    public void Ended(SimulatedProcess by, SessionEnded ended)
    {
        if (!_ended.Add(ended.Session) && !cluster.Ledger.MayBeForgotten(ended.Session))
        {
            throw new SimulationFailedException(
                $"session {cluster.NameOf(ended.Session)}: {by.Member} reports its end, which was reported before");
        }
    }

    /// <summary>
    /// Nothing, where the end of each session that was removed as asked was reported; else the first one.
    /// </summary>
    public string? WhyNotReported()
    {
        foreach (SessionHistory session in cluster.History.Sessions)
        {
            if (session.WasRemoved && !_ended.Contains(session.Id) && cluster.Options.IsStrict
                && !cluster.Ledger.MayBeForgotten(session.Id))
            {
                return $"session {session.Name}: nobody has reported that it was removed";
            }
        }

        return null;
    }
}
