namespace SessionCluster.Simulation;

/// <summary>
/// Sends requests to nodes as the balancer does: to the node that has the session while it looks healthy, else to
/// another that holds it, else to any. It learns late, by its probes, and by what fails.
/// </summary>
internal sealed class SimulatedBalancer
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(1);

    private readonly SimulatedCluster _cluster;
    private readonly SeededRandom _random;
    private readonly bool[] _isHealthy;

    public SimulatedBalancer(SimulatedCluster cluster, SeededRandom random)
    {
        _cluster = cluster;
        _random = random;
        _isHealthy = new bool[cluster.Options.Nodes];
        Deadlines = new VisitDeadlines(cluster.Queue);
        Probe();
    }

    /// <summary>Until when the clients wait.</summary>
    public VisitDeadlines Deadlines { get; }

    public int Host => _cluster.BalancerHost;

    /// <summary>Chooses the node of the next request.</summary>
    public SimulatedNode Choose(Placement? known, double strays)
    {
        if (known is { IsAlive: true } && !_random.Chance(strays))
        {
            foreach (Member holder in known.HolderSpan)
            {
                int host = _cluster.HostOf(holder.Node);
                if (_isHealthy[host])
                {
                    return _cluster.Nodes[host];
                }
            }
        }

        int first = _random.Below(_isHealthy.Length);
        for (int step = 0; step < _isHealthy.Length; step++)
        {
            int host = (first + step) % _isHealthy.Length;
            if (_isHealthy[host])
            {
                return _cluster.Nodes[host];
            }
        }

        // No node looks healthy, so that is probably wrong.
        return _cluster.Nodes[first];
    }

    /// <summary>A request to the node has failed: it is left out until a probe finds it well.</summary>
    public void Failed(SimulatedNode node) => _isHealthy[node.Host] = false;

    public TimeSpan DelayTo(int host) => _cluster.Network.Condition(Host, host).Delay(_random);

    public TimeSpan DelayFrom(int host) => _cluster.Network.Condition(host, Host).Delay(_random);

    public bool CanReach(int host) => _cluster.Network.IsReachable(Host, host);

    public bool CanHear(int host) => _cluster.Network.IsReachable(host, Host);

    private void Probe()
    {
        for (int host = 0; host < _isHealthy.Length; host++)
        {
            _isHealthy[host] = CanReach(host) && CanHear(host)
                && _cluster.Nodes[host].Process is { IsPaused: false, Machine.IsReady: true };
        }

        _cluster.Queue.After(ProbeInterval, Probe);
    }
}
