using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// What those who knew a session took with them is excused only for as long as it may show: where all who live are in one
/// view again, and all of them know the same of it, that is what it is, and every promise holds of it from then on.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class Recollection(SimulatedCluster cluster)
{
    private readonly List<SimulatedProcess> _members = [];

    /// <summary>Looks for sessions that are known again.</summary>
    public void Inspect()
    {
        if (cluster.Options.IsStrict || cluster.Options.PartitionPolicy == PartitionPolicy.Available || !FindMembers())
        {
            return;
        }

        cluster.Ledger.Recovered();
        foreach (SessionHistory session in cluster.History.Sessions)
        {
            if (cluster.Ledger.IsForgotten(session.Id))
            {
                Inspect(session);
            }
        }
    }

    /// <summary>
    /// All who live, where they are in one view and nobody has promised the next one: neither a process that sleeps nor
    /// one of another cluster can bring anything else, nor what a dead one of the view has said and is still under way.
    /// </summary>
    /// <returns>Whether it is so.</returns>
    private bool FindMembers()
    {
        _members.Clear();
        foreach (SimulatedProcess process in cluster.ProcessSpan)
        {
            if (process.IsPaused)
            {
                return false;
            }

            if (!process.IsDrained && process.Machine.View.Number > 0)
            {
                _members.Add(process);
            }
        }

        return _members.Count > 0 && _members.Count == _members[0].Machine.View.Members.Count
            && _members.TrueForAll(IsAtRest);
    }

    private bool IsAtRest(SimulatedProcess process)
    {
        (View view, View first) = (process.Machine.View, _members[0].Machine.View);
        return process.Machine.Inspection is { IsServing: true, IsSealed: false }
            && view.Number == first.Number && view.Members.SequenceEqual(first.Members) && view.Contains(process.Member);
    }

    private void Inspect(SessionHistory session)
    {
        Configuration known = _members[0].Machine.ConfigurationOf(session.Id);
        if (known.Placement is not { IsAlive: true })
        {
            if (session.IsConfirmed && _members.TrueForAll(member => HasNothing(member, session.Id)))
            {
                cluster.Ledger.Of(session.Id).StaysGone();
                session.StaysGone();
            }
        }
        else if (!session.IsGone && _members.TrueForAll(member => member.Machine.ConfigurationOf(session.Id) == known)
            && HeldBy(session.Id, known) is >= 0 and long sequence)
        {
            cluster.Ledger.Of(session.Id).BeginAnew(known);
            session.BeginAnew(new SessionVersion(known.Epoch, sequence));
            cluster.Rules?.Counts.BeginsAnew(session.Id);
        }
    }

    private static bool HasNothing(SimulatedProcess member, SessionId session) =>
        member.Machine.ConfigurationOf(session).Placement is not { IsAlive: true }
        && member.Machine.Inspection.CopyOf(session) is null;

    /// <summary>The sequence that all holders have, at rest; -1 where they have not.</summary>
    private long HeldBy(SessionId session, Configuration configuration)
    {
        long sequence = -1;
        foreach (Member holder in configuration.Placement.HolderSpan)
        {
            if (_members.Find(member => member.Member == holder)?.Machine.Inspection.CopyOf(session) is not { } copy
                || copy.Configuration != configuration || copy.Work is not null
                || copy.IsPrimary != (holder == configuration.Placement.Primary)
                || (copy.IsPrimary && !copy.IsEffective) || (sequence >= 0 && copy.Sequence != sequence))
            {
                return -1;
            }

            sequence = copy.Sequence;
        }

        return sequence;
    }
}
