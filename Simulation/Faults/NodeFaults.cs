namespace SessionCluster.Simulation;

/// <summary>What goes wrong with one node: it is killed, stopped for a while, or drained and started again.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="profile">Whether faults strike one at a time, so that the others go on without whom one strikes.</param>
/// <param name="random">Gives the chance.</param>
/// <param name="clock">Ends each fault.</param>
internal sealed class NodeFaults(
    SimulatedCluster cluster, FaultProfile profile, SeededRandom random, FaultClock clock)
{
    private static readonly TimeSpan LeftPoll = TimeSpan.FromMilliseconds(100);

    /// <summary>Much longer than silence lasts until it is a reason, and than two views take.</summary>
    private readonly TimeSpan _goneOnWithin = cluster.Options.FoundingPatience * 2;

    /// <summary>
    /// A copy that is left over is asked after in a walk every five seconds, and goes with the next one.
    /// </summary>
    private readonly TimeSpan _leftWithin = cluster.Options.FoundingPatience * 3;

    private readonly HashSet<int> _draining = [];

    /// <summary>Whether somebody has asked a node to leave, and has not stopped it yet.</summary>
    public bool IsDraining(SimulatedNode node) => _draining.Contains(node.Host);

    /// <summary>A process is stopped for a while.</summary>
    public void Pause(SimulatedNode node, TimeSpan atLeast = default)
    {
        cluster.Pause(node);
        clock.EndLater(() => cluster.Resume(node), atLeast);
        ExpectOthersToGoOn(node);
    }

    /// <summary>A process is killed, perhaps with its host, and is started again later.</summary>
    public void Kill(SimulatedNode node, bool losesHost)
    {
        if (node.IsUp)
        {
            cluster.Kill(node, losesHost);
            clock.EndLater(() => StartAgain(node));
            ExpectOthersToGoOn(node);
        }
    }

    /// <summary>Where nothing else is wrong, the others go on without a node that is away for long.</summary>
    private void ExpectOthersToGoOn(SimulatedNode node)
    {
        if (profile.IsOneAtATime)
        {
            int struck = clock.Struck;
            cluster.Queue.After(_goneOnWithin, () =>
            {
                bool isStruckLast = clock.Struck == struck && clock.AnyLasts && !clock.IsOver;
                if (isStruckLast && node.Process is null or { IsPaused: true }
                    && Convergence.WhyNotGoneOnWithout(cluster, node) is { } reason)
                {
                    throw new SimulationFailedException(reason);
                }
            });
        }
    }

    /// <summary>Some are killed in one moment.</summary>
    public void KillSeveral()
    {
        foreach (SimulatedNode node in cluster.Nodes)
        {
            if (random.Chance(0.5))
            {
                Kill(node, losesHost: false);
            }
        }
    }

    /// <summary>A node is asked to leave, stopped, and started again later.</summary>
    public void Drain(SimulatedNode node)
    {
        if (node.Process is not { } process || !_draining.Add(node.Host))
        {
            return;
        }

        bool mayLose = random.Chance(0.5);
        cluster.StartDrain(node, mayLose);
        process.MayLose &= mayLose;
        clock.EndLater(() => StopDrained(node, process, cluster.Queue.Now));
    }

    private void StopDrained(SimulatedNode node, SimulatedProcess process, TimeSpan since)
    {
        // Whoever stops a node waits for it, but not for ever.
        bool waits = process.IsAlive && !process.IsDrained && cluster.Queue.Now < since + _leftWithin;
        if (waits && !clock.IsOver)
        {
            clock.LaterOrOver(LeftPoll, () => StopDrained(node, process, since));
            return;
        }

        _draining.Remove(node.Host);
        if (clock.IsOver || node.Process != process)
        {
            return;
        }

        if (cluster.Options.IsStrict && LeavingChecker.WhyNotLeft(cluster, process) is { } reason)
        {
            throw new SimulationFailedException(reason);
        }

        cluster.Kill(node);
        clock.EndLater(() => StartAgain(node));
    }

    /// <summary>Starts a node unless somebody has done so.</summary>
    public void StartAgain(SimulatedNode node)
    {
        if (!node.IsUp)
        {
            cluster.Start(node);
        }
    }
}
