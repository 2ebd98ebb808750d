namespace SessionCluster.Simulation;

/// <summary>
/// A second fault that follows the first after some messages, and does not last: nobody dies of it but whom the first
/// one has killed before.
/// </summary>
internal sealed record Aftershock
{
    private static readonly SingleFault[] Faults =
    [
        SingleFault.StopSender, SingleFault.StopReceiver, SingleFault.CutWay, SingleFault.CutWayBack,
        SingleFault.CutBothWays,
        SingleFault.ClogWay, SingleFault.IsolateSender, SingleFault.IsolateReceiver, SingleFault.Reset,
    ];

    /// <summary>How many messages after the first fault it strikes, heartbeats apart.</summary>
    public required int After { get; init; }

    /// <summary>What strikes; nothing where the first fault is undone, and strikes again.</summary>
    public SingleFault? Fault { get; init; }

    /// <summary>How long it lasts, or how long the first fault is undone.</summary>
    public required TimeSpan Lasts { get; init; }

    /// <summary>One for each place at which the first may strike.</summary>
    public static Aftershock Draw(ulong seed, SingleFault first, int at)
    {
        SeededRandom random = SeededRandom.For(seed, $"aftershock of {first} at {at}");
        return new Aftershock
        {
            After = (int)random.Spread(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)).TotalSeconds,
            Fault = random.Chance(0.25) ? null : random.Pick(Faults),
            Lasts = random.Spread(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2.5)),
        };
    }

    /// <summary>Lets it strike.</summary>
    public void Strike(SimulatedCluster cluster, StruckFault first, SimulatedNode sender, SimulatedNode receiver)
    {
        if (Fault is not { } fault)
        {
            first.Heal();
            cluster.Queue.After(Lasts, first.Strike);
            return;
        }

        var second = new StruckFault(cluster, fault, sender, receiver);
        second.Strike();
        cluster.Queue.After(Lasts, () =>
        {
            cluster.Trace.Said("network", $"{fault} is over");
            second.Heal();
        });
    }

    public override string ToString() =>
        $"{Fault?.ToString() ?? "the same once more"} {After} messages later, {Lasts.TotalSeconds:F2} s";
}
