namespace SessionCluster.Simulation;

/// <summary>
/// The monotonic clock of one process: it began somewhere of its own and runs a little too fast or too slow.
/// </summary>
/// <param name="Offset">What it shows when the simulation begins.</param>
/// <param name="DriftPerMillion">How many ticks it gains in a million; negative when it loses.</param>
internal readonly record struct NodeClock(TimeSpan Offset, int DriftPerMillion)
{
    private const long Million = 1_000_000;

    /// <summary>What the clock shows at a time of the simulation.</summary>
    public Instant At(TimeSpan time) => new(Offset.Ticks + time.Ticks + (time.Ticks * DriftPerMillion / Million));

    /// <summary>The earliest time of the simulation at which the clock shows <paramref name="instant"/>.</summary>
    public TimeSpan When(Instant instant)
    {
        var guess = new TimeSpan(
            (long)((Int128)(instant.Ticks - Offset.Ticks) * Million / (Million + DriftPerMillion)));
        guess -= new TimeSpan(2);
        while (At(guess) < instant)
        {
            guess += new TimeSpan(1);
        }

        return guess;
    }
}
