namespace SessionCluster.Simulation;

/// <summary>
/// A fault that waits for its moment: it strikes who sends or who gets the next message of some kind, while that is
/// under way. Chance alone seldom meets the few milliseconds in which a view or a holder changes.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="random">Gives the chance.</param>
/// <param name="strike">Strikes a node.</param>
internal sealed class Ambush(SimulatedCluster cluster, SeededRandom random, Action<SimulatedNode, FaultKind> strike)
{
    private static readonly TimeSpan DelayAtMost = TimeSpan.FromMilliseconds(50);

    private static readonly Type[] Occasions =
    [
        typeof(ViewPrepare), typeof(ViewPromise), typeof(ViewAccept), typeof(ViewAccept), typeof(ViewAccepted),
        typeof(ViewInstall), typeof(ViewInstall), typeof(JoinRequest), typeof(RecordLocations), typeof(LocationsRecorded),
        typeof(HandOver), typeof(TakeOver), typeof(Replicate), typeof(Replicated), typeof(Stale), typeof(MapPage),
        typeof(ForwardCommit), typeof(Farewell), typeof(DeathNotice), typeof(NeedFull),
    ];

    private static readonly FaultKind[] Strikes =
    [
        FaultKind.Kill, FaultKind.Kill, FaultKind.Pause, FaultKind.Pause, FaultKind.LoseHost, FaultKind.Reset,
        FaultKind.Partition,
    ];

    /// <summary>
    /// Resets the connection, mostly before the message has come, so that it has to be said again; else it is said
    /// twice.
    /// </summary>
    private void LoseWhatIsUnderWay(SimulatedProcess sender, SimulatedNode receiver, TimeSpan delay) =>
        cluster.Queue.After(delay, () =>
        {
            if (sender.IsAlive && receiver.Process is { } process)
            {
                cluster.Network.Reset(sender, process);
            }
        });

    /// <summary>Waits for the next message of a kind.</summary>
    public void Lie()
    {
        Lie(random.Pick(Occasions), random.Pick(Strikes));
    }

    /// <summary>Loses the next message of a kind, and nothing else, so that it has to be said again.</summary>
    public void LoseOne() => Lie(random.Pick(Occasions), FaultKind.Reset);

    private void Lie(Type occasion, FaultKind kind)
    {
        bool strikesSender = random.Chance(0.5);
        TimeSpan delay = random.Spread(TimeSpan.FromMilliseconds(0.01), DelayAtMost);
        cluster.Overheard = (sender, envelope) =>
        {
            if (envelope.Message.GetType() == occasion)
            {
                cluster.Overheard = null;
                SimulatedNode receiver = cluster.Nodes[cluster.HostOf(envelope.To.Node)];
                SimulatedNode victim = strikesSender ? sender.Node : receiver;
                cluster.Trace.Said("network", $"{kind} of {victim} awaits {occasion.Name}");
                if (kind == FaultKind.Reset)
                {
                    LoseWhatIsUnderWay(sender, receiver, strikesSender ? delay : TimeSpan.Zero);
                }
                else
                {
                    cluster.Queue.After(delay, () => strike(victim, kind));
                }
            }
        };
    }
}
