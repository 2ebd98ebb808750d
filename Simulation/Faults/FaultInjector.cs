namespace SessionCluster.Simulation;

/// <summary>Chooses when a fault strikes, and which one.</summary>
internal sealed class FaultInjector
{
    /// <summary>
    /// By how much longer than requests may take processes often sleep: clients are told something else meanwhile.
    /// </summary>
    private static readonly TimeSpan Longer = TimeSpan.FromSeconds(0.7);

    private static readonly TimeSpan RecoveryPoll = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Clients that move sessions about all the time leave no moment at which all is well; then they rest.
    /// </summary>
    private static readonly TimeSpan RestAfter = TimeSpan.FromSeconds(20);

    private readonly SimulatedCluster _cluster;
    private readonly FaultProfile _profile;
    private readonly SeededRandom _random;
    private readonly Ambush _ambush;
    private readonly GroupFaults _groups;
    private readonly RepeatedFaults _repeated;
    private readonly NodeFaults _nodes;
    private readonly NetworkFaults _network;
    private readonly MemoryFaults _memory;
    private readonly FaultClock _clock;

    public FaultInjector(SimulatedCluster cluster, FaultProfile profile, SeededRandom random)
    {
        _cluster = cluster;
        _profile = profile;
        _random = random;
        _clock = new FaultClock(cluster, profile, random);
        _nodes = new NodeFaults(cluster, profile, random, _clock);
        _network = new NetworkFaults(cluster, profile, random, _clock);
        _memory = new MemoryFaults(cluster);
        _ambush = new Ambush(cluster, random, StrikeInAmbush);
        _groups = new GroupFaults(cluster, random, _clock.Later, _nodes.Drain);
        _repeated = new RepeatedFaults(cluster, random, _clock.Later, _nodes.Drain);
    }

    /// <summary>Lets the clients act, or rest while somebody looks whether all is well.</summary>
    public required Action<bool> LetClientsAct { get; init; }

    /// <summary>How many faults have struck.</summary>
    public int Struck => _clock.Struck;

    /// <summary>
    /// Lets the first fault come when its time comes: where they come one at a time, once the cluster stands.
    /// </summary>
    public void Begin()
    {
        if (_profile.IsOneAtATime)
        {
            AwaitRecovery(_cluster.Queue.Now);
        }
        else
        {
            PlanNext();
        }
    }

    /// <summary>
    /// No fault any more; those that last are ended, and all nodes that are down are started or stay dead.
    /// </summary>
    public void Stop(bool restartsAll)
    {
        _clock.IsOver = true;
        _cluster.Overheard = null;
        _cluster.Trace.Said("network", "is whole again, and no fault comes any more");
        _cluster.Network.Heal();
        foreach (SimulatedNode node in _cluster.Nodes)
        {
            _cluster.Resume(node);
            if (node.IsUp && !_nodes.IsDraining(node))
            {
                continue;
            }

            // A node that was leaving is stopped whether it had finished or not.
            _cluster.Kill(node);
            if (restartsAll || _random.Chance(0.5))
            {
                _cluster.Start(node);
            }
            else
            {
                _cluster.Network.FindHost(node.Host);
            }
        }
    }

    private void PlanNext() => _cluster.Queue.After(_random.Spread(_profile.PauseAtLeast, _profile.PauseAtMost), Next);

    private void Next()
    {
        if (_clock.IsOver)
        {
            return;
        }

        if (_cluster.Queue.Now >= _clock.RestsUntil)
        {
            Strike(_random.Pick(_profile.Kinds));
        }

        if (_profile.IsOneAtATime)
        {
            AwaitRecovery(_cluster.Queue.Now);
        }
        else
        {
            PlanNext();
        }
    }

    private void AwaitRecovery(TimeSpan since) => _cluster.Queue.After(RecoveryPoll, () =>
    {
        if (_clock.IsOver)
        {
            return;
        }

        if (_clock.AnyLasts)
        {
            AwaitRecovery(_cluster.Queue.Now);
            return;
        }

        // Clients go on meanwhile, so a moment at which all is well is enough.
        string? reason = !_cluster.Nodes.All(static node => node.IsUp) ? "a node is down"
            : _cluster.Network.IsLate ? "a connection stalls" : Convergence.WhyNot(_cluster);
        if (reason is null)
        {
            LetClientsAct(true);
            PlanNext();
        }
        else if (_cluster.Queue.Now > since + _cluster.Options.ConvergenceLimit)
        {
            throw new SimulationFailedException($"not recovered {_cluster.Options.ConvergenceLimit} after a single fault: {reason}");
        }
        else
        {
            LetClientsAct(_cluster.Queue.Now < since + RestAfter);
            AwaitRecovery(since);
        }
    });

    private void Strike(FaultKind kind)
    {
        _clock.Struck++;
        switch (kind)
        {
            case FaultKind.Kill:
            case FaultKind.LoseHost:
                _nodes.Kill(RandomNode(), losesHost: kind == FaultKind.LoseHost);
                break;
            case FaultKind.KillSeveral:
                _nodes.KillSeveral();
                break;
            case FaultKind.Pause:
                _nodes.Pause(RandomNode());
                break;
            case FaultKind.LoseMessage:
                _ambush.LoseOne();
                break;
            case FaultKind.Ambush:
                _ambush.Lie();
                break;
            case FaultKind.Drain:
                _nodes.Drain(RandomNode());
                break;
            case FaultKind.Reset:
                _network.Reset(RandomNode(), RandomNode());
                break;
            case FaultKind.Renew:
                _groups.Renew(RandomNode());
                break;
            case FaultKind.LeaveOne:
                _groups.LeaveOne(RandomNode());
                break;
            case FaultKind.StrikeHolders:
                _groups.StrikeHolders();
                break;
            case FaultKind.CrashLoop:
                _repeated.CrashLoop(RandomNode());
                break;
            case FaultKind.Flap:
                _repeated.Flap(RandomNode(), RandomNode());
                break;
            case FaultKind.Starve:
                _repeated.Starve(RandomNode());
                break;
            case FaultKind.Roll:
                _repeated.Roll();
                break;
            case FaultKind.LoseCopy:
            case FaultKind.LoseLocation:
            case FaultKind.LeaveOrphan:
                _memory.Strike(kind);
                break;
            default:
                _network.Strike(kind);
                break;
        }
    }

    private void StrikeInAmbush(SimulatedNode node, FaultKind kind)
    {
        if (_clock.IsOver)
        {
            return;
        }

        switch (kind)
        {
            case FaultKind.Pause:
                _nodes.Pause(node, _random.Chance(0.5) ? _cluster.Options.CommitTimeout + Longer : TimeSpan.Zero);
                break;
            case FaultKind.Partition:
                _network.PartitionBy(host => host == node.Host ? 1 : 0);
                break;
            case FaultKind.LeaveOne:
                _groups.LeaveOne(node);
                break;
            case FaultKind.Restart:
                _cluster.Kill(node);
                _clock.Later(
                    _random.Spread(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(300)),
                    () => _nodes.StartAgain(node));
                break;
            default:
                _nodes.Kill(node, losesHost: kind == FaultKind.LoseHost);
                break;
        }
    }

    private SimulatedNode RandomNode() => _random.Pick(_cluster.Nodes);
}
