namespace SessionCluster.Simulation;

/// <summary>
/// With what a member enters a view: with all that the first one has begun it with, which is all that was in force, and
/// with nothing that the others do not know; and, where sides may serve on their own, without having forgotten an end.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class EntryChecker(SimulatedCluster cluster)
{
    private readonly List<SessionHistory> _ended = [];
    private readonly Dictionary<SessionId, TimeSpan> _endedSince = [];
    private readonly Dictionary<SessionId, long> _begunWith = [];
    private readonly Dictionary<SessionId, long> _known = [];

    /// <summary>
    /// Before the step: in it, who is a quorum by itself may put more in force in the view that it begins.
    /// </summary>
    private readonly Dictionary<SessionId, Epoch> _inForce = [];
    private View? _begun;
    private Member _decides;

    /// <summary>A member is about to take a step that may copy a map.</summary>
    public void Before(SimulatedProcess process, Message? heard)
    {
        _ended.Clear();
        _decides = default;
        if (heard is ViewAccepted)
        {
            Remember(process);
        }

        if (cluster.Options.PartitionPolicy == PartitionPolicy.Available && heard is (MapPage or ViewInstall))
        {
            RememberEnds(process);
        }
    }

    /// <summary>Apart, so that nothing is allocated at each step.</summary>
    private void RememberEnds(SimulatedProcess process) =>
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
        if (by.Machine.View.Number != view.Number)
        {
            return;
        }

        if (others.Length == 0)
        {
            // Who decides late may be the first one in a view that others have gone on from.
            bool isNewest = !cluster.Processes.Any(other => other.Machine.View.Number > view.Number);
            Begin(isNewest ? by.Member : default, by, view);
            return;
        }

        CheckThatNothingIsLacking(by, view);

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

    /// <summary>A member is the first one in a view: what it knows is what the view begins with.</summary>
    private void Begin(Member first, SimulatedProcess by, View view)
    {
        _begun = first != default && first == _decides ? view : null;
        _begunWith.Clear();
        foreach ((SessionId session, long counter) in _known)
        {
            _begunWith.Add(session, counter);
        }

        if (_begun is not null && cluster.Options is { IsStrict: true, PartitionPolicy: PartitionPolicy.Majority })
        {
            CheckThatNothingInForceIsLacking(by, view);
        }
    }

    /// <summary>A member may be about to decide a view: its map is the view's.</summary>
    private void Remember(SimulatedProcess process)
    {
        _decides = process.Member;
        _known.Clear();
        _inForce.Clear();
        foreach (SessionHistory session in cluster.History.Sessions)
        {
            Configuration known = process.Machine.ConfigurationOf(session.Id);
            if (known is { Counter: > 0, Placement.IsAlive: true })
            {
                _known[session.Id] = known.Counter;
                _inForce[session.Id] = cluster.Ledger.InForce(session.Id);
            }
        }
    }

    private void CheckThatNothingInForceIsLacking(SimulatedProcess by, View view)
    {
        foreach ((SessionId session, long counter) in _begunWith)
        {
            if (_inForce[session].Counter > counter && !cluster.Ledger.MayBeForgotten(session))
            {
                throw new SimulationFailedException(
                    $"session {cluster.NameOf(session)}: {by.Member} begins {view} with "
                    + $"the configuration {counter}, though {_inForce[session]} was in force");
            }
        }
    }

    private void CheckThatNothingIsLacking(SimulatedProcess by, View view)
    {
        if (cluster.Options.PartitionPolicy == PartitionPolicy.Available || _begun?.Number != view.Number
            || !_begun.Members.SequenceEqual(view.Members))
        {
            return;
        }

        foreach ((SessionId session, long counter) in _begunWith)
        {
            // What has ended since may be forgotten already; so may what never began, and was given up.
            if (by.Machine.ConfigurationOf(session).Counter < counter && !cluster.Ledger.MayBeForgotten(session)
                && cluster.History.Find(session) is { MayBeRemoved: false, MayBeExpired: false } history
                && !cluster.Processes.Any(other => other.Machine.PlacementOf(session) is { IsAlive: false }))
            {
                throw new SimulationFailedException($"session {history.Name}: {by.Member} enters {view} without "
                    + $"the configuration {counter} that it began with");
            }
        }
    }

    /// <summary>Whether a member has this recorded, or wants it to be: what came early is taken with the map.</summary>
    private static bool Knows(SimulatedProcess other, SessionId session, long counter) =>
        other.Machine.ConfigurationOf(session).Counter >= counter
        || (other.Machine.Inspection.ChangeOf(session) is { } change && change.Target.Counter >= counter);
}
