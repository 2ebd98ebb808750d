using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// What goes wrong with many members at once, in such an order that somebody is left with what is not so any more, or
/// with what nobody else has: one sleeps while all others are replaced; one is left of all; all who hold one session
/// are struck alike.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="random">Gives the chance.</param>
/// <param name="later">Does something later, unless the faults are over by then.</param>
/// <param name="drain">Asks a node to leave.</param>
internal sealed class GroupFaults(
    SimulatedCluster cluster, SeededRandom random, Action<TimeSpan, Action> later, Action<SimulatedNode> drain)
{
    private const double OftenDrained = 0.2;

    /// <summary>Long enough for the others to notice, to go on without one, and to have what it held on two again.</summary>
    private static readonly TimeSpan GoneOnWithout = TimeSpan.FromSeconds(2.5);

    private static readonly TimeSpan ReplacedAtLeast = TimeSpan.FromSeconds(0.8);
    private static readonly TimeSpan ReplacedAtMost = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// One is stopped or cut off, the others go on without it, and are started again one after the other: all whom it
    /// knew are dead when it is back, and the cluster lives.
    /// </summary>
    public void Renew(SimulatedNode sleeper)
    {
        if (!sleeper.IsUp)
        {
            return;
        }

        Action awake = PutToSleep(sleeper);
        TimeSpan at = GoneOnWithout;
        foreach (SimulatedNode node in cluster.Nodes)
        {
            if (node != sleeper)
            {
                later(at, () => StartAgain(node));
                at += random.Between(ReplacedAtLeast, ReplacedAtMost);
            }
        }

        later(at + random.Between(-ReplacedAtLeast, ReplacedAtMost), awake);
    }

    /// <summary>
    /// All die but one, soon one after the other, while that one sleeps, looks on or is asked to leave. Some of them start
    /// again before it is back, and some after.
    /// </summary>
    public void LeaveOne(SimulatedNode left)
    {
        if (!left.IsUp)
        {
            return;
        }

        TimeSpan within = random.Spread(TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(4));
        TimeSpan sleeps = random.Spread(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));
        if (random.Chance(OftenDrained))
        {
            later(random.Between(TimeSpan.Zero, within * 2), () => drain(left));
        }
        else if (random.Chance(0.5))
        {
            later(sleeps, PutToSleep(left));
        }

        foreach (SimulatedNode node in cluster.Nodes)
        {
            if (node == left)
            {
                continue;
            }

            TimeSpan dies = random.Between(TimeSpan.Zero, within);
            later(dies, () => cluster.Kill(node, losesHost: random.Chance(0.1)));
            later(dies + random.Spread(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(12)), () => Start(node));
        }
    }

    /// <summary>All who hold one session are lost with their hosts, stopped or cut off, one soon after the other.</summary>
    public void StrikeHolders()
    {
        if (AnyHeld() is not { } placement)
        {
            return;
        }

        bool die = random.Chance(0.5);
        foreach (Member holder in placement.Holders)
        {
            SimulatedNode node = cluster.Nodes[cluster.HostOf(holder.Node)];
            TimeSpan at = random.Spread(AtOnce, TimeSpan.FromSeconds(2));
            TimeSpan lasts = random.Spread(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(15));
            later(at, () =>
            {
                if (die)
                {
                    // Of half of them the host is found before it is known that they are dead.
                    cluster.Kill(node, losesHost: true);
                    later(lasts, () => FindOrStart(node));
                }
                else
                {
                    later(lasts, PutToSleep(node));
                }
            });
        }
    }

    private Action PutToSleep(SimulatedNode node)
    {
        if (random.Chance(0.5))
        {
            cluster.Pause(node);
            return () => cluster.Resume(node);
        }

        SetApart(node, isCut: true);
        return () => SetApart(node, isCut: false);
    }

    private void SetApart(SimulatedNode node, bool isCut)
    {
        cluster.Trace.Said("network", isCut ? $"{node} is cut off" : $"{node} is in reach again");
        for (int other = 0; other < cluster.Network.Hosts; other++)
        {
            if (other == node.Host)
            {
                continue;
            }

            if (isCut)
            {
                cluster.Network.Cut(node.Host, other);
                cluster.Network.Cut(other, node.Host);
            }
            else
            {
                cluster.Network.Mend(node.Host, other);
                cluster.Network.Mend(other, node.Host);
            }
        }
    }

    private void StartAgain(SimulatedNode node)
    {
        cluster.Kill(node);
        later(random.Spread(AtOnce, TimeSpan.FromMilliseconds(500)), () => Start(node));
    }

    private void FindOrStart(SimulatedNode node)
    {
        if (random.Chance(0.5))
        {
            Start(node);
        }
        else if (!node.IsUp)
        {
            cluster.Network.FindHost(node.Host);
            later(random.Spread(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20)), () => Start(node));
        }
    }

    private void Start(SimulatedNode node)
    {
        if (!node.IsUp)
        {
            cluster.Start(node);
        }
    }

    /// <summary>The holders of a session that somebody leads.</summary>
    private Placement? AnyHeld()
    {
        if (cluster.Processes.Count == 0)
        {
            return null;
        }

        List<Placement> held =
        [
            .. random.Pick(cluster.Processes).Machine.Inspection.Copies
                .Where(static copy => copy is { IsPrimary: true, IsEffective: true })
                .Select(static copy => copy.Configuration.Placement),
        ];
        return held.Count > 0 ? random.Pick(held) : null;
    }
}
