using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// What members count for operators: one member reports what a view has lost, each end is reported once, and whatever
/// waits for its promotion is counted as unprotected (I11).
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class CountChecker(SimulatedCluster cluster)
{
    private readonly HashSet<SessionId> _ended = [];
    private View? _lostIn;
    private Member _reporter;

    /// <summary>A member has taken a step with a message.</summary>
    public static void After(SimulatedProcess process, Message? heard)
    {
        if (heard is not (ViewInstall or ViewAccepted or MapPage) || !process.Machine.Inspection.IsServing)
        {
            return;
        }

        int waiting = 0;
        foreach (SessionCopy copy in process.Machine.Inspection.Copies)
        {
            waiting += copy.IsToLead ? 1 : 0;
        }

        if (process.Machine.UnprotectedCount < waiting)
        {
            throw new SimulationFailedException(
                $"{process.Member} counts {process.Machine.UnprotectedCount} unprotected sessions, and"
                + $" {waiting} wait for their promotion");
        }
    }

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
