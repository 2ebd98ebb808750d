namespace SessionCluster.Simulation;

/// <summary>
/// With what a member enters a view: with nothing that the others do not know, and, where sides may serve on their own,
/// without having forgotten an end.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class EntryChecker(SimulatedCluster cluster)
{
    private readonly List<SessionHistory> _ended = [];
    private readonly Dictionary<SessionId, TimeSpan> _endedSince = [];

    /// <summary>A member is about to take a step that may copy a map.</summary>
    public void Before(SimulatedProcess process, Message? heard)
    {
        _ended.Clear();
        if (cluster.Options.PartitionPolicy == PartitionPolicy.Available && heard is (MapPage or ViewInstall))
        {
            Remember(process);
        }
    }

    /// <summary>Apart, so that nothing is allocated at each step.</summary>
    private void Remember(SimulatedProcess process) =>
        _ended.AddRange(cluster.History.Sessions.Where(
            session => process.Machine.PlacementOf(session.Id) is { IsRemoved: true }));

    /// <summary>It has taken it.</summary>
    public void After(SimulatedProcess process)
    {
        foreach (SessionHistory session in _ended)
        {
            _endedSince.TryAdd(session.Id, cluster.Queue.Now);
            if (process.Machine.PlacementOf(session.Id) is null
                && cluster.Queue.Now < _endedSince[session.Id] + (cluster.Options.TombstoneRetention * 0.8))
            {
                throw new SimulationFailedException(
                    $"session {session.Name}: {process.Member} forgets its end with the map of {process.Machine.View}");
            }
        }
    }

    /// <summary>A member has entered a view with its map.</summary>
    public void Entered(SimulatedProcess by, View view)
    {
        SimulatedProcess[] others =
        [
            .. cluster.Processes.Where(other => other != by && other.Machine.Inspection.IsServing
                && other.Machine.View.Number == view.Number && other.Machine.View.Members.SequenceEqual(view.Members)),
        ];
        if (others.Length == 0 || by.Machine.View.Number != view.Number)
        {
            return;
        }

        foreach (SessionHistory session in cluster.History.Sessions)
        {
            // What it leads it may change at once, what has ended the others may have forgotten, and a primary that has
            // left the view again may have had recorded something in it.
            Configuration known = by.Machine.ConfigurationOf(session.Id);
            if (known is { Counter: > 0, Placement.IsAlive: true }
                && Array.Exists(others, other => other.Member == known.Placement.Primary)
                && !Array.Exists(others, other => Knows(other, session.Id, known.Counter)))
            {
                throw new SimulationFailedException(
                    $"session {session.Name}: {by.Member} enters {view} with {known}, of which no other knows");
            }
        }
    }

    /// <summary>Whether a member has this recorded, or wants it to be: what came early is taken with the map.</summary>
    private static bool Knows(SimulatedProcess other, SessionId session, long counter) =>
        other.Machine.ConfigurationOf(session).Counter >= counter
        || (other.Machine.Inspection.ChangeOf(session) is { } change && change.Target.Counter >= counter);
}
