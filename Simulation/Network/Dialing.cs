namespace SessionCluster.Simulation;

/// <summary>
/// How one process connects to its peers: at once when it starts or a connection ends, then again and again. A host
/// without the process refuses, a host that cannot be reached says nothing, a stopped process takes no connection.
/// </summary>
internal sealed class Dialing(SimulatedNetwork network, SimulatedProcess dialer)
{
    private static readonly TimeSpan SoonAtMost = TimeSpan.FromMilliseconds(3);

    private readonly bool[] _isPending = new bool[network.Hosts];
    private readonly bool[] _isDeferred = new bool[network.Hosts];

    private NetworkProfile Profile => network.Profile;

    public void Soon(int host) => Start(host, network.Random.Between(TimeSpan.Zero, SoonAtMost));

    /// <summary>The process was stopped and goes on; so do its dials.</summary>
    public void GoOn()
    {
        for (int host = 0; host < _isDeferred.Length; host++)
        {
            if (_isDeferred[host])
            {
                _isDeferred[host] = false;
                Attempt(host);
            }
        }
    }

    private void Again(int host) => Start(host, network.Random.Between(Profile.RedialAtLeast, Profile.RedialAtMost));

    private void Start(int host, TimeSpan delay)
    {
        if (!_isPending[host])
        {
            _isPending[host] = true;
            network.Queue.After(delay, () => Attempt(host));
        }
    }

    private void Attempt(int host)
    {
        if (!dialer.IsAlive || dialer.Links[host] is not null || dialer.Node.Unnamed.Contains(dialer.NodeAt(host)))
        {
            _isPending[host] = false;
        }
        else if (dialer.IsPaused)
        {
            _isDeferred[host] = true;
        }
        else if (network.IsReachable(dialer.Host, host))
        {
            TimeSpan way = network.Condition(dialer.Host, host).Delay(network.Random);
            TimeSpan began = network.Queue.Now;
            network.Queue.After(way, () => Reach(host, began));
        }
        else
        {
            network.Queue.After(Profile.DialTimeout, () => Attempt(host));
        }
    }

    private void Reach(int host, TimeSpan began)
    {
        if (!network.IsReachable(host, dialer.Host))
        {
            network.Queue.After(Profile.DialTimeout, () => Attempt(host));
            return;
        }

        SimulatedProcess? target = dialer.ProcessAt(host);
        TimeSpan way = network.Condition(host, dialer.Host).Delay(network.Random);
        if (target is null)
        {
            TimeSpan lag = network.Random.Exponential(Profile.RefusalLag);
            network.Queue.After(way + lag, () => Refused(host, began));
        }
        else
        {
            network.Queue.After(way, () => Answered(host, target));
        }
    }

    private void Refused(int host, TimeSpan began)
    {
        _isPending[host] = false;
        if (dialer.IsAlive)
        {
            dialer.Take(
                new DialRefused(dialer.NodeAt(host), dialer.Clock.At(network.Queue.Now) - dialer.Clock.At(began)));
            Again(host);
        }
    }

    private void Answered(int host, SimulatedProcess target)
    {
        _isPending[host] = false;
        if (!dialer.IsAlive || dialer.Links[host] is not null)
        {
            return;
        }

        bool isComing = target.Links[dialer.Host] is { IsOpening: true } other && other.PeerOf(target) == dialer;
        bool canOpen = target.IsAlive && !target.IsPaused && !dialer.IsPaused && !isComing
            && network.IsReachable(dialer.Host, host);
        if (target.Node.Unnamed.Contains(dialer.Node.Id))
        {
            dialer.Take(new DialRejected(target.Node.Id));
            Again(host);
        }
        else if (canOpen)
        {
            network.Open(dialer, target);
        }
        else
        {
            Again(host);
        }
    }
}
