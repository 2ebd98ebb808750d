namespace SessionCluster.Simulation;

/// <summary>
/// Who may acknowledge commits of a session, and when: one process in each epoch, and none before every holder has what
/// it acknowledges. That is seen before anybody dies and a loss shows.
/// </summary>
/// <param name="session">The session.</param>
internal sealed class AcknowledgementChecker(SessionId session)
{
    private readonly Dictionary<Epoch, Member> _acknowledgers = [];

    /// <summary>A process has acknowledged a commit.</summary>
    /// <param name="by">The process.</param>
    /// <param name="answer">What it says.</param>
    /// <param name="mayHaveEnded">Whether the session may have been removed, or have expired.</param>
    /// <returns>What is wrong; nothing, where all is well.</returns>
    public string? Committed(SimulatedProcess by, CommitCompleted answer, bool mayHaveEnded)
    {
        // A former primary passes on what the new primary acknowledges, so only the epoch's own node is looked at.
        return answer.Version.Epoch.Node == by.Node.Id
            ? WhyNotBy(by, answer.Version.Epoch) ?? WhyNotHeld(by, answer, mayHaveEnded)
            : null;
    }

    private string? WhyNotBy(SimulatedProcess by, Epoch epoch) =>
        _acknowledgers.TryAdd(epoch, by.Member) || _acknowledgers[epoch] == by.Member
            ? null
            : $"{by.Member} and {_acknowledgers[epoch]} both acknowledge commits of epoch {epoch}";

    private string? WhyNotHeld(SimulatedProcess by, CommitCompleted answer, bool mayHaveEnded)
    {
        // One that has just learned of a newer view, and not yet what it began with, answers what all holders had
        // before it.
        if (!by.Machine.Inspection.IsServing)
        {
            return null;
        }

        foreach (Member holder in answer.Placement is null ? [] : answer.Placement.HolderSpan)
        {
            SimulatedProcess? process = by.ProcessAt(by.HostOf(holder.Node));
            if (process?.Member == holder && process.Machine.View.Number == by.Machine.View.Number
                && process.Machine.SequenceOf(session) < answer.Version.Sequence
                && !(mayHaveEnded && HasEndedBesides(process)))
            {
                return $"{answer.Version} was acknowledged, but {holder} has sequence "
                    + $"{process.Machine.SequenceOf(session)}";
            }
        }

        return null;
    }

    /// <summary>One step may answer a commit and then end the session, as another request has asked.</summary>
    private bool HasEndedBesides(SimulatedProcess process) =>
        process.Machine.PlacementOf(session) is { IsRemoved: true };
}
