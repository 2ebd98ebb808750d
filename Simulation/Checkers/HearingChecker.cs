using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// Who leads a session, and gives a holder all of it, is answered: one that says nothing would be given up, though it
/// lives. What it makes of a commit alone is seen by that, too, as it gets the whole when it does not answer. Who lacks a
/// state, or asks for a session, is answered as well; and nobody is asked for the map of another view.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class HearingChecker(SimulatedCluster cluster)
{
    private (Member Leader, SessionId Session, HolderVersion Version)? _expected;
    private (Member By, SessionId Session, Message Question)? _asked;
    private (Member Of, long View)? _foreign;

    /// <summary>The view in which it has promised the next one, and is told what another's map is like.</summary>
    private View? _promised;

    /// <summary>A member is about to take a step.</summary>
    public void Before(SimulatedProcess process, Member from, Message? heard)
    {
        (_expected, _asked, _foreign, _promised) = (null, null, null, null);
        switch (heard)
        {
            case Replicate { Payload.Full: not null } replicate when IsFromLeader(process, from, replicate):
                _expected = (from, replicate.Session, replicate.Version);
                break;
            case NeedFull need when MayAnswer(process, from) && LeadsFor(process, from, need):
                _asked = (from, need.Session, need);
                break;
            case Locate question when MayAnswer(process, from) && KnowsOf(process, from, question.Session):
                _asked = (from, question.Session, question);
                break;
            case MapDigests digests
                when process.Machine.Inspection.IsServing && digests.View != process.Machine.View.Number:
                _foreign = (from, digests.View);
                break;
            case MapDigests when process.Machine.Inspection is { IsServing: true, IsSealed: true }:
                _promised = process.Machine.View;
                break;
        }
    }

    /// <summary>A member says something.</summary>
    /// <returns>Which rule that breaks, or nothing.</returns>
    public string? Sent(SimulatedProcess by, Member to, Message message)
    {
        if (_asked is { } asked && asked.By == to
            && (message is Located
                || (message is Replicate { Payload.Full: not null } given && given.Session == asked.Session)))
        {
            _asked = null;
        }

        if (_expected is { } expected && expected.Leader == to && message is (Replicated or NeedFull or Stale))
        {
            _expected = null;
        }

        if (message is MapPageRequest && _promised is { } promised && ReferenceEquals(by.Machine.View, promised))
        {
            return $"asks {to} for the map of {promised}, after it has promised the next view";
        }

        return message is MapPageRequest && _foreign is { } foreign && foreign.Of == to
            && by.Machine.Inspection.IsServing && by.Machine.View.Number != foreign.View
            ? $"asks {to} for the map of view {foreign.View} in {by.Machine.View}" : null;
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

        if (_asked is { } asked)
        {
            _asked = null;
            throw new SimulationFailedException($"session {cluster.NameOf(asked.Session)}: {process.Member} says nothing "
                + $"to {asked.By}, which has asked for it ({asked.Question.GetType().Name})");
        }
    }

    /// <summary>Whether the connection on which the question came still stands.</summary>
    private bool MayAnswer(SimulatedProcess process, Member from) =>
        cluster.Options.PartitionPolicy == PartitionPolicy.Majority && !process.IsDrained
        && process.Machine.Inspection.IsLinked(from)
        && process.Links[process.HostOf(from.Node)] is { } link && link.PeerOf(process).Member == from;

    /// <summary>Whether it leads the session, and has told this holder what that now lacks the base of.</summary>
    private static bool LeadsFor(SimulatedProcess process, Member from, NeedFull need) =>
        process.Machine.Inspection is { IsServing: true } machine
        && machine.CopyOf(need.Session) is { IsPrimary: true } copy
        && (copy.Work is { } work
            ? work.Find(from) is { } holder && need.Version.Counter >= holder.MinimumCounter
            : copy.IsEffective && copy.Configuration.Placement.Contains(from)
                && need.Version.Counter >= copy.Configuration.Counter);

    /// <summary>Whether it says what it knows: of an end that may come to nothing it tells nobody.</summary>
    private static bool KnowsOf(SimulatedProcess process, Member from, SessionId session) =>
        process.Machine.Inspection is { IsServing: true, IsSealed: false }
        && process.Machine.View.Contains(from)
        && process.Machine.PlacementOf(session) is not { IsRemoved: true };

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
