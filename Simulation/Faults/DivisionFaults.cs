namespace SessionCluster.Simulation;

/// <summary>The faults of the profiles in which the policy is Available.</summary>
internal static class DivisionFaults
{
    /// <summary>Sides that meet reach each other, but not everybody of the one everybody of the other.</summary>
    public const double CutsLeft = 0.4;

    /// <summary>How likely it is that one host alone is a side: nobody else has what was created there.</summary>
    public const double Alone = 0.3;

    /// <summary>So long that nobody may wait for it.</summary>
    private static readonly TimeSpan LeftAtLeast = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeftAtMost = TimeSpan.FromSeconds(60);

    /// <summary>Everything by which sides lose sight of each other, and nobody dies.</summary>
    public static FaultProfile DrawCuts(SeededRandom random) => new()
    {
        Kinds =
        [
            FaultKind.Partition, FaultKind.Partition, FaultKind.Partition, FaultKind.CutBothWays, FaultKind.Reset,
            .. random.Chance(0.4) ? [FaultKind.CutOneWay, FaultKind.Pause] : Array.Empty<FaultKind>(),
            .. random.Chance(0.3) ? [FaultKind.Clog, FaultKind.Loss] : Array.Empty<FaultKind>(),
        ],
        PauseAtMost = random.Spread(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30)),
        LastsAtMost = random.Spread(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(60)),
        CutsLeft = CutsLeft,
    };

    /// <summary>The groups have met, but one pair stays apart; often one of the two is the first of all.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="random">Gives the chance.</param>
    /// <param name="later">Does something later, unless the faults are over by then.</param>
    /// <param name="groupOf">Which group each host was in.</param>
    /// <returns>How long that lasts.</returns>
    public static TimeSpan LeaveCut(
        SimulatedCluster cluster, SeededRandom random, Action<TimeSpan, Action> later, Func<int, int> groupOf)
    {
        int one = random.Chance(0.5) ? 0 : random.Below(cluster.Network.Hosts);
        int[] others = [.. Enumerable.Range(0, cluster.Network.Hosts).Where(host => groupOf(host) != groupOf(one))];
        if (others.Length == 0)
        {
            return TimeSpan.Zero;
        }

        int other = random.Pick(others);
        (int from, int to) = random.Chance(0.5) ? (one, other) : (other, one);
        bool isOneWay = random.Chance(0.2);
        cluster.Trace.Said("network", $"but nothing gets from host {from + 1} to {to + 1}{(isOneWay ? "" : " or back")}");
        cluster.Network.Cut(from, to);
        if (!isOneWay)
        {
            cluster.Network.Cut(to, from);
        }

        TimeSpan lasts = random.Between(LeftAtLeast, LeftAtMost);
        later(lasts, () =>
        {
            cluster.Network.Mend(from, to);
            cluster.Network.Mend(to, from);
        });
        return lasts;
    }
}
