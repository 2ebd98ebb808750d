namespace SessionCluster.Simulation;

/// <summary>
/// I2 before any client notices: one member at a time serves a session, under a configuration that a quorum of its view
/// has recorded, and it answers a commit when the holders that are to come have it as well.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class ServingChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<(Member Giver, SessionId Session), (long View, long Counter, long Step)> _given = [];

    /// <summary>Where sides may serve on their own, all of this is promised within one view only.</summary>
    private readonly bool _isOneHistory = cluster.Options.PartitionPolicy == PartitionPolicy.Majority;

    private long _steps;

    /// <summary>Some member is about to take a step.</summary>
    public void Before() => _steps++;

    /// <summary>A member gives a session away, or says so again.</summary>
    public void Gave(SimulatedProcess by, HandOver given)
    {
        (Member, SessionId) key = (by.Member, given.Session);
        if (!_given.TryGetValue(key, out var known) || known.View != given.View || known.Counter != given.Next.Counter)
        {
            _given[key] = (given.View, given.Next.Counter, _steps);
        }
    }

    /// <summary>A configuration has come into force on a member: nobody else may serve the session still.</summary>
    public void Began(SimulatedProcess by, SessionId session, Configuration configuration)
    {
        if (!by.Machine.Inspection.Serves(session, by.Now))
        {
            // It has been stopped meanwhile, and what it hears now was said long ago.
            return;
        }

        CheckThatNobodyElseServes(by, session, configuration);
        CheckThatQuorumHasRecorded(by, session, configuration.Counter, mayHalfDecide: false);
    }

    /// <summary>A member may serve again: nobody else may serve what it leads.</summary>
    public void Permitted(SimulatedProcess by)
    {
        foreach (CopyDescription copy in by.Machine.Copies)
        {
            if (copy.IsPrimary && by.Machine.ConfigurationOf(copy.Session) is { Counter: > 0 } configuration)
            {
                CheckThatNobodyElseServes(by, copy.Session, configuration);
            }
        }
    }

    /// <summary>A member has answered under a configuration of its own.</summary>
    public void Answered(SimulatedProcess by, SessionId session, SessionVersion version)
    {
        if (version.Epoch.Node == by.Node.Id && by.Machine.Inspection.IsServing)
        {
            // Those who were not heard when it was recorded may be heard now.
            CheckThatQuorumHasRecorded(by, session, version.Epoch.Counter, mayHalfDecide: true);
        }
    }

    /// <summary>A member has answered a commit under a configuration of its own.</summary>
    public void Committed(SimulatedProcess by, SessionId session, SessionVersion version)
    {
        Answered(by, session, version);
        if (version.Epoch.Node == by.Node.Id && _given.TryGetValue((by.Member, session), out var given)
            && given.View == by.Machine.View.Number && given.Counter > version.Epoch.Counter && given.Step < _steps)
        {
            Fail(session, $"{by.Member} answers {version} after it has given the session away");
        }

        // One that has just learned of a newer view, and not yet what it began with, answers what all holders had
        // before it; what it was changing then is over.
        if (version.Epoch.Node != by.Node.Id || !by.Machine.Inspection.IsServing)
        {
            return;
        }

        CheckThatThereAreEnough(by, session, version);
        CheckThatNothingElseMayCome(by, session, version);
        if (by.Machine.Inspection.ChangeOf(session) is { } change && change.BaseSequence < version.Sequence)
        {
            CheckThatHoldersHave(by, session, version, change.Target);
        }
    }

    /// <summary>
    /// Whatever a member has recorded of the session beside the configuration in force the next view may begin with:
    /// its holders have what is answered.
    /// </summary>
    private void CheckThatNothingElseMayCome(SimulatedProcess by, SessionId session, SessionVersion version)
    {
        foreach (ref readonly ViewMember member in by.Machine.View.Span)
        {
            if (PeerOf(by, member.Member) is { Machine.Inspection.IsServing: true } process
                && process.Machine.ConfigurationOf(session) is { Placement.IsAlive: true } recorded
                && recorded.Counter > version.Epoch.Counter)
            {
                CheckThatHoldersHave(by, session, version, recorded);
            }
        }
    }

    /// <summary>
    /// A commit is answered by fewer copies than configured only where there is nobody else, or the session ends
    /// anyway.
    /// </summary>
    private void CheckThatThereAreEnough(SimulatedProcess by, SessionId session, SessionVersion version)
    {
        if (by.Machine.Inspection.CopyOf(session) is { IsPrimary: true } copy
            && copy.Configuration.Epoch == version.Epoch
            && copy.Work is not { IsEnding: true }
            && copy.Configuration.Placement.HolderSpan.Length < by.Machine.Inspection.DesiredHolders)
        {
            Fail(session, $"{by.Member} answers {version} with the copies of {copy.Configuration} only, "
                + $"and could have {by.Machine.Inspection.DesiredHolders}");
        }
    }

    private void CheckThatHoldersHave(
        SimulatedProcess by, SessionId session, SessionVersion version, Configuration coming)
    {
        foreach (Member holder in coming.Placement.HolderSpan)
        {
            if (holder != by.Member && PeerOf(by, holder) is { } process
                && process.Machine.SequenceOf(session) < version.Sequence
                && process.Machine.PlacementOf(session) is not { IsRemoved: true })
            {
                Fail(session, $"{version} was acknowledged, but {holder} has sequence "
                    + $"{process.Machine.SequenceOf(session)} and is about to hold it under {coming}");
            }
        }
    }

    private void CheckThatNobodyElseServes(SimulatedProcess by, SessionId session, Configuration configuration)
    {
        foreach (SimulatedProcess other in cluster.ProcessSpan)
        {
            if (other != by && !other.IsDrained && other.Machine.Inspection.Serves(session, other.Now)
                && (_isOneHistory || other.Machine.View.Number == by.Machine.View.Number))
            {
                Fail(session, $"{by.Member} serves it under {configuration}, but {other.Member} serves it still");
            }
        }
    }

    /// <summary>
    /// Those of a view who live and have not recorded a configuration have not voted for it. Half of a view may do
    /// without the other half only where that is not heard.
    /// </summary>
    private void CheckThatQuorumHasRecorded(SimulatedProcess by, SessionId session, long counter, bool mayHalfDecide)
    {
        View view = by.Machine.View;
        int lacking = 0;
        bool isNobodyAway = true;
        foreach (ref readonly ViewMember member in view.Span)
        {
            if (PeerOf(by, member.Member) is { } process && process.Machine.Inspection.IsServing
                && process.Machine.ConfigurationOf(session).Counter < counter)
            {
                lacking++;
                isNobodyAway &= !by.Machine.Inspection.MayDoWithout(member.Member);
            }
        }

        int twice = lacking * 2;
        if (twice > view.Members.Count
            || (twice == view.Members.Count && lacking > 0 && isNobodyAway && !mayHalfDecide))
        {
            Fail(
                session,
                $"{by.Member} serves under the counter {counter}, which {lacking} of {view} have not recorded");
        }
    }

    /// <summary>The process of a member, where it lives, is in the same view and has not said farewell.</summary>
    private static SimulatedProcess? PeerOf(SimulatedProcess process, Member member) =>
        process.ProcessAt(process.HostOf(member.Node)) is { } peer
            && peer.Member == member && !peer.IsDrained && peer.Machine.View.Number == process.Machine.View.Number
                ? peer
                : null;

    private void Fail(SessionId session, string reason)
    {
        if (!_isOneHistory || !cluster.Ledger.MayBeForgotten(session))
        {
            throw new SimulationFailedException($"session {cluster.NameOf(session)}: {reason}");
        }
    }
}
