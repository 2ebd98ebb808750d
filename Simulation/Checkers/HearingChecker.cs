using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// Who leads a session, and gives a holder all of it, is answered: one that says nothing would be given up, though it
/// lives. What it makes of a commit alone is seen by that, too, as it gets the whole when it does not answer.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class HearingChecker(SimulatedCluster cluster)
{
    private (Member Leader, SessionId Session, HolderVersion Version)? _expected;

    /// <summary>A member is about to take a step.</summary>
    public void Before(SimulatedProcess process, Member from, Message? heard) =>
        _expected = heard is Replicate { Payload.Full: not null } replicate && IsFromLeader(process, from, replicate)
            ? (from, replicate.Session, replicate.Version) : null;

    /// <summary>A member says something.</summary>
    public void Sent(Member to, Message message)
    {
        if (_expected is { } expected && expected.Leader == to && message is (Replicated or NeedFull or Stale))
        {
            _expected = null;
        }
    }

    /// <summary>It has taken the step, and has said what it had to say.</summary>
    public void Stepped(SimulatedProcess process)
    {
        if (_expected is { } expected)
        {
            _expected = null;
            throw new SimulationFailedException($"session {cluster.NameOf(expected.Session)}: {process.Member} says "
                + $"nothing to {expected.Leader}, which leads it, of {expected.Version}");
        }
    }

    /// <summary>
    /// Whether somebody leads the session under what is in force and recorded at both, and says so now. Who has taken it
    /// over from there has the state already, and more to say.
    /// </summary>
    private bool IsFromLeader(SimulatedProcess process, Member from, Replicate replicate)
    {
        if (process.IsDrained || cluster.Options.PartitionPolicy != PartitionPolicy.Majority
            || process.ProcessAt(process.HostOf(from.Node)) is not { } leader || leader.Member != from
            || process.Links[leader.Host]?.PeerOf(process) != leader
            || !process.Machine.Inspection.IsLinked(from) || !process.Machine.Inspection.IsServing
            || process.Machine.View.Number != replicate.View && replicate.Configuration is not null
            || !leader.Machine.Inspection.IsServing || leader.Machine.View.Number != process.Machine.View.Number)
        {
            return false;
        }

        return leader.Machine.Inspection.CopyOf(replicate.Session) is { IsPrimary: true, IsEffective: true } lead
            && lead.Configuration.Counter == replicate.Version.Counter
            && lead.Configuration.Placement.Contains(process.Member)
            && process.Machine.ConfigurationOf(replicate.Session) == lead.Configuration
            && process.Machine.Inspection.CopyOf(replicate.Session) is not { IsPrimary: true };
    }
}
