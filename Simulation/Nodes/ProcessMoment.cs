namespace SessionCluster.Simulation;

/// <summary>A moment in the life of a process.</summary>
/// <param name="At">The time on its own clock.</param>
/// <param name="Pauses">How often it had been stopped before.</param>
internal readonly record struct ProcessMoment(Instant At, int Pauses)
{
    /// <summary>Less than a request may work, so that who has read before a pause is still known by that.</summary>
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(1);

    public static ProcessMoment Of(SimulatedProcess process) => new(process.Now, process.Pauses);

    /// <summary>Whether the process was stopped for long since then, and has just woken up.</summary>
    public bool HasLongPassed(SimulatedProcess process) =>
        process.Pauses != Pauses
        && process.WokeAt - process.PausedAt > process.LongerThanRequests
        && process.Now - process.Clock.At(process.WokeAt) < Lately;
}
