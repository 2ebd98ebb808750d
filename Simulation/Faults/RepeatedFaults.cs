namespace SessionCluster.Simulation;

/// <summary>
/// What goes wrong again and again, each time before the last time is mended: a process that dies soon after each of
/// its starts, a connection that never lasts, a process that gets a moment of processor time now and then, and nodes
/// that are replaced one after the other by somebody who waits for nothing.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="random">Gives the chance.</param>
/// <param name="later">Does something later, unless the faults are over by then.</param>
/// <param name="drain">Asks a node to leave.</param>
internal sealed class RepeatedFaults(
    SimulatedCluster cluster, SeededRandom random, Action<TimeSpan, Action> later, Action<SimulatedNode> drain)
{
    private const int DeathsAtLeast = 3;
    private const int DeathsAtMost = 12;

    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LivesAtLeast = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LivesAtMost = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LastsAtLeast = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LastsAtMost = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StandsAtMost = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan RunsAtMost = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan WaitsAtLeast = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan WaitsAtMost = TimeSpan.FromSeconds(0.9);
    private static readonly TimeSpan NextWithin = TimeSpan.FromSeconds(3);

    /// <summary>A process dies soon after each of its starts, for a while.</summary>
    public void CrashLoop(SimulatedNode node)
    {
        TimeSpan at = TimeSpan.Zero;
        for (int deaths = random.Between(DeathsAtLeast, DeathsAtMost); deaths > 0; deaths--)
        {
            later(at, () => cluster.Kill(node));
            at += random.Spread(AtOnce, StartsWithin);
            later(at, () => Start(node));
            at += random.Spread(LivesAtLeast, LivesAtMost);
        }
    }

    /// <summary>The connection of two nodes is reset again and again, for a while.</summary>
    public void Flap(SimulatedNode one, SimulatedNode other)
    {
        cluster.Trace.Said("network", $"the connection of {one} and {other} does not last");
        TimeSpan lasts = random.Spread(LastsAtLeast, LastsAtMost);
        for (TimeSpan at = TimeSpan.Zero; at < lasts; at += random.Spread(AtOnce, StandsAtMost))
        {
            later(at, () =>
            {
                if (one.Process is { } first && other.Process is { } second)
                {
                    cluster.Network.Reset(first, second);
                }
            });
        }
    }

    /// <summary>A process waits for its processor again and again, for a while, and gets it for a moment only.</summary>
    public void Starve(SimulatedNode node)
    {
        TimeSpan lasts = random.Spread(LastsAtLeast, LastsAtMost);
        for (TimeSpan at = TimeSpan.Zero; at < lasts; at += random.Spread(AtOnce, RunsAtMost))
        {
            later(at, () => cluster.Pause(node));
            at += random.Spread(WaitsAtLeast, WaitsAtMost);
            later(at, () => cluster.Resume(node));
        }
    }

    /// <summary>All are asked to leave one after the other, be the last one back or not.</summary>
    public void Roll()
    {
        TimeSpan at = TimeSpan.Zero;
        foreach (SimulatedNode node in cluster.Nodes)
        {
            later(at, () => drain(node));
            at += random.Spread(AtOnce, NextWithin);
        }
    }

    private void Start(SimulatedNode node)
    {
        if (!node.IsUp)
        {
            cluster.Start(node);
        }
    }
}
