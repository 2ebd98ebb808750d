namespace SessionCluster.Simulation;

/// <summary>
/// What is agreed is a view with its map: whoever proposes or accepts one keeps the map as it is until it follows
/// another attempt, or the view begins.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class AgreedMapChecker(SimulatedCluster cluster)
{
    private readonly Agreed[] _agreed = new Agreed[cluster.Nodes.Count];

    /// <summary>A member is about to hear of an attempt that it may follow.</summary>
    public void Before(SimulatedProcess process, Message? heard)
    {
        if (heard is ViewAccept)
        {
            _agreed[process.Host] = default;
        }
    }

    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Said(SimulatedProcess by, Message message)
    {
        ref Agreed agreed = ref _agreed[by.Host];
        switch (message)
        {
            case ViewAccept accept when by.Machine.View.Number != accept.View.Number:
                return Keep(by, ref agreed, accept.Ballot);
            case ViewAccepted accepted:
                return Keep(by, ref agreed, accepted.Ballot);
            case ViewPrepare:
                agreed = default;
                return null;
            case Heartbeat heartbeat:
                return WhyNotKept(by, agreed, heartbeat.MapDigest);
            case MapPage:
                return WhyNotKept(by, agreed, by.Machine.Inspection.MapDigest);
            default:
                return null;
        }
    }

    private static string? Keep(SimulatedProcess by, ref Agreed agreed, Ballot ballot)
    {
        string? reason = agreed.Ballot == ballot ? WhyNotKept(by, agreed, by.Machine.Inspection.MapDigest) : null;
        agreed = new Agreed(by.Member, by.Machine.View, ballot, by.Machine.Inspection.MapDigest);
        return reason;
    }

    private static string? WhyNotKept(SimulatedProcess by, in Agreed agreed, ulong digest) =>
        agreed.By == by.Member && ReferenceEquals(agreed.View, by.Machine.View)
            && agreed.View.Number > 0 && agreed.Digest != digest
            ? $"has changed its map since it has agreed to a view under {agreed.Ballot}" : null;

    /// <param name="By">Who has agreed.</param>
    /// <param name="View">In which view.</param>
    /// <param name="Ballot">Under which ballot.</param>
    /// <param name="Digest">To which map.</param>
    private readonly record struct Agreed(Member By, View View, Ballot Ballot, ulong Digest);
}
