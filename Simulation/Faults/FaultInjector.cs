namespace SessionCluster.Simulation;

/// <summary>Lets faults strike, and ends each after its time.</summary>
internal sealed class FaultInjector
{
    private static readonly TimeSpan RecoveryPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Longer than a request may take, so that its client has been told something else when its node goes on.
    /// </summary>
    private static readonly TimeSpan LongerThanRequests = TimeSpan.FromSeconds(2.7);

    /// <summary>Much longer than silence lasts until it is a reason, and than two views take.</summary>
    private static readonly TimeSpan GoneOnWithin = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A copy that is left over is asked after in a walk every five seconds, and goes with the next one.
    /// </summary>
    private static readonly TimeSpan LeftWithin = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Clients that move sessions about all the time leave no moment at which all is well; then they rest.
    /// </summary>
    private static readonly TimeSpan RestAfter = TimeSpan.FromSeconds(20);

    private readonly SimulatedCluster _cluster;
    private readonly FaultProfile _profile;
    private readonly SeededRandom _random;
    private readonly HashSet<int> _draining = [];
    private readonly Ambush _ambush;
    private readonly GroupFaults _groups;
    private readonly RepeatedFaults _repeated;

    /// <summary>Somebody has to see what becomes of a fault that lasts, and no other strikes before.</summary>
    private TimeSpan _restsUntil;
    private bool _isOver;
    private int _lasting;

    public FaultInjector(SimulatedCluster cluster, FaultProfile profile, SeededRandom random)
    {
        _cluster = cluster;
        _profile = profile;
        _random = random;
        _ambush = new Ambush(cluster, random, StrikeInAmbush);
        _groups = new GroupFaults(cluster, random, Later, Drain);
        _repeated = new RepeatedFaults(cluster, random, Later, Drain);
    }

    /// <summary>Lets the clients act, or rest while somebody looks whether all is well.</summary>
    public required Action<bool> LetClientsAct { get; init; }

    /// <summary>How many faults have struck.</summary>
    public int Struck { get; private set; }

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
        _isOver = true;
        _cluster.Overheard = null;
        _cluster.Trace.Said("network", "is whole again, and no fault comes any more");
        _cluster.Network.Heal();
        foreach (SimulatedNode node in _cluster.Nodes)
        {
            _cluster.Resume(node);
            if (node.IsUp && !_draining.Contains(node.Host))
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
        if (_isOver)
        {
            return;
        }

        if (_cluster.Queue.Now >= _restsUntil)
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
        if (_isOver)
        {
            return;
        }

        if (_lasting > 0)
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
        else if (_cluster.Queue.Now > since + RecoveryLimit)
        {
            throw new SimulationFailedException($"not recovered {RecoveryLimit} after a single fault: {reason}");
        }
        else
        {
            LetClientsAct(_cluster.Queue.Now < since + RestAfter);
            AwaitRecovery(since);
        }
    });

    private void Strike(FaultKind kind)
    {
        Struck++;
        switch (kind)
        {
            case FaultKind.Kill:
            case FaultKind.LoseHost:
                Kill(RandomNode(), losesHost: kind == FaultKind.LoseHost);
                break;
            case FaultKind.KillSeveral:
                KillSeveral();
                break;
            case FaultKind.Pause:
                Pause(RandomNode());
                break;
            case FaultKind.LoseMessage:
                _ambush.LoseOne();
                break;
            case FaultKind.Ambush:
                _ambush.Lie();
                break;
            case FaultKind.Drain:
                Drain(RandomNode());
                break;
            case FaultKind.Reset:
                Reset();
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
            default:
                StrikeNetwork(kind);
                break;
        }
    }

    private void StrikeInAmbush(SimulatedNode node, FaultKind kind)
    {
        if (_isOver)
        {
            return;
        }

        switch (kind)
        {
            case FaultKind.Pause:
                Pause(node, _random.Chance(0.5) ? LongerThanRequests : TimeSpan.Zero);
                break;
            case FaultKind.Partition:
                PartitionBy(host => host == node.Host ? 1 : 0);
                break;
            case FaultKind.LeaveOne:
                _groups.LeaveOne(node);
                break;
            case FaultKind.Restart:
                _cluster.Kill(node);
                Later(_random.Spread(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(300)), () => StartAgain(node));
                break;
            default:
                Kill(node, losesHost: kind == FaultKind.LoseHost);
                break;
        }
    }

    private void Pause(SimulatedNode node, TimeSpan atLeast = default)
    {
        _cluster.Pause(node);
        EndLater(() => _cluster.Resume(node), atLeast);
        ExpectOthersToGoOn(node);
    }

    private void StrikeNetwork(FaultKind kind)
    {
        int one = _random.Below(_cluster.Network.Hosts);
        int other = (one + 1 + _random.Below(_cluster.Network.Hosts - 1)) % _cluster.Network.Hosts;
        _cluster.Trace.Said("network", $"{kind} (host {one + 1}, host {other + 1})");
        switch (kind)
        {
            case FaultKind.CutOneWay:
                _cluster.Network.Cut(one, other);
                EndLater(() => _cluster.Network.Mend(one, other));
                break;
            case FaultKind.CutBothWays:
                _cluster.Network.Cut(one, other);
                _cluster.Network.Cut(other, one);
                EndLater(() =>
                {
                    _cluster.Network.Mend(one, other);
                    _cluster.Network.Mend(other, one);
                });
                break;
            case FaultKind.Partition:
                Partition();
                break;
            case FaultKind.Clog:
                LinkCondition clogged = _cluster.Network.Condition(one, other);
                clogged.Clog = _random.Spread(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(5));
                EndLater(() => clogged.Clog = TimeSpan.Zero);
                break;
            case FaultKind.Loss:
                SetLoss(one, _random.Fraction() * 0.3);
                EndLater(() => SetLoss(one, 0));
                break;
        }
    }

    private void Partition()
    {
        int groups = _random.Chance(0.7) ? 2 : 3;
        int[] groupOf = [.. Enumerable.Range(0, _cluster.Network.Hosts).Select(_ => _random.Below(groups))];
        if (_profile.CutsLeft > 0 && _random.Chance(DivisionFaults.Alone))
        {
            int alone = _random.Below(_cluster.Network.Hosts);
            groupOf = [.. Enumerable.Range(0, _cluster.Network.Hosts).Select(host => host == alone ? 1 : 0)];
        }

        PartitionBy(host => groupOf[host]);
    }

    private void PartitionBy(Func<int, int> groupOf)
    {
        string groups = string.Join(' ', Enumerable.Range(0, _cluster.Network.Hosts).Select(groupOf));
        _cluster.Trace.Said("network", $"falls into groups: hosts are in {groups}");
        _cluster.Network.Partition(groupOf);
        EndLater(() =>
        {
            _cluster.Trace.Said("network", "is whole again");
            _cluster.Network.Partition(static _ => 0);
            if (_profile.CutsLeft > 0 && _random.Chance(_profile.CutsLeft))
            {
                TimeSpan lasts = DivisionFaults.LeaveCut(_cluster, _random, Later, groupOf);
                _restsUntil = _random.Chance(0.5) ? _cluster.Queue.Now + lasts : _restsUntil;
            }
        });
    }

    private void SetLoss(int host, double loss)
    {
        for (int other = 0; other < _cluster.Network.Hosts; other++)
        {
            _cluster.Network.Condition(host, other).Loss = loss;
            _cluster.Network.Condition(other, host).Loss = loss;
        }
    }

    private void Reset()
    {
        SimulatedNode one = RandomNode();
        SimulatedNode other = RandomNode();
        if (one != other && one.Process is { } first && other.Process is { } second)
        {
            _cluster.Trace.Said("network", $"resets the connection of {one} and {other}");
            _cluster.Network.Reset(first, second);
        }
    }

    private void Kill(SimulatedNode node, bool losesHost)
    {
        if (node.IsUp)
        {
            _cluster.Kill(node, losesHost);
            EndLater(() => StartAgain(node));
            ExpectOthersToGoOn(node);
        }
    }

    /// <summary>Where nothing else is wrong, the others go on without a node that is away for long.</summary>
    private void ExpectOthersToGoOn(SimulatedNode node)
    {
        if (_profile.IsOneAtATime)
        {
            int struck = Struck;
            _cluster.Queue.After(GoneOnWithin, () =>
            {
                bool isStruckLast = Struck == struck && _lasting > 0 && !_isOver;
                if (isStruckLast && node.Process is null or { IsPaused: true }
                    && Convergence.WhyNotGoneOnWithout(_cluster, node) is { } reason)
                {
                    throw new SimulationFailedException(reason);
                }
            });
        }
    }

    private void KillSeveral()
    {
        foreach (SimulatedNode node in _cluster.Nodes)
        {
            if (_random.Chance(0.5))
            {
                Kill(node, losesHost: false);
            }
        }
    }

    private void Drain(SimulatedNode node)
    {
        if (node.Process is not { } process || !_draining.Add(node.Host))
        {
            return;
        }

        bool mayLose = _random.Chance(0.5);
        _cluster.StartDrain(node, mayLose);
        process.MayLose &= mayLose;
        EndLater(() => StopDrained(node, process, _cluster.Queue.Now));
    }

    private void StopDrained(SimulatedNode node, SimulatedProcess process, TimeSpan since)
    {
        // Whoever stops a node waits for it, but not for ever.
        bool waits = process.IsAlive && !process.IsDrained && _cluster.Queue.Now < since + LeftWithin;
        if (waits && !_isOver)
        {
            _lasting++;
            _cluster.Queue.After(RecoveryPoll, () =>
            {
                _lasting--;
                StopDrained(node, process, since);
            });
            return;
        }

        _draining.Remove(node.Host);
        if (_isOver || node.Process != process)
        {
            return;
        }

        if (_cluster.Options.IsStrict && LeavingChecker.WhyNotLeft(_cluster, process) is { } reason)
        {
            throw new SimulationFailedException(reason);
        }

        _cluster.Kill(node);
        EndLater(() => StartAgain(node));
    }

    private void StartAgain(SimulatedNode node)
    {
        if (!node.IsUp)
        {
            _cluster.Start(node);
        }
    }

    private SimulatedNode RandomNode() => _random.Pick(_cluster.Nodes);

    private void EndLater(Action end, TimeSpan atLeast = default) =>
        Later(atLeast + _random.Spread(_profile.LastsAtLeast, _profile.LastsAtMost), end);

    private void Later(TimeSpan after, Action act)
    {
        _lasting++;
        _cluster.Queue.After(after, () =>
        {
            _lasting--;
            if (!_isOver)
            {
                act();
            }
        });
    }
}
