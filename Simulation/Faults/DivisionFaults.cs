namespace SessionCluster.Simulation;

/// <summary>The faults of the profiles in which the policy is Available.</summary>
internal static class DivisionFaults
{
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
    };
}
