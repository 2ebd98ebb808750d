namespace SessionCluster.Simulation;

/// <summary>
/// Whether every session is served, though something is still wrong: some node that runs must answer for it. Which one
/// the balancer finds by asking the next where one cannot.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class ServedSessions(SimulatedCluster cluster)
{
    /// <summary>Longer than a machine lets a request wait.</summary>
    private static readonly TimeSpan Answered = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Whether a session counts whose creation was never answered. Where a node leaves as planned, the fault may have
    /// taken the other one of its first two holders, and nobody has ever heard of it.
    /// </summary>
    public bool ExpectsUnanswered { get; init; } = true;

    /// <summary>
    /// Whom one of two faults cuts off for good; nobody where there is one fault. The other one may have taken the other
    /// holder of a session just then, and what this one alone has is away as long as it is cut off. Or a third member
    /// has left as planned, and those who are left are no quorum without this one.
    /// </summary>
    public SimulatedNode? CutOff { get; init; }

    /// <summary>Asks for each session until it is served.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="by">Who has to serve it; where nobody is named, any node.</param>
    /// <exception cref="SimulationFailedException">A session is not served within <paramref name="limit"/>.</exception>
    public void ExpectAll(TimeSpan limit, SimulatedNode? by = null)
    {
        SimulatedNode[] nodes = by is null ? [.. cluster.Nodes] : [by];
        TimeSpan end = cluster.Queue.Now + limit;
        foreach (SessionHistory session in cluster.History.Sessions)
        {
            while ((session.IsConfirmed || ExpectsUnanswered) && !nodes.Any(node => IsServed(node, session)))
            {
                if (cluster.Queue.Now > end)
                {
                    if (CutOff is not null && (IsAloneThere(session) || !HasAnybodyPermission()))
                    {
                        break;
                    }

                    throw new SimulationFailedException(
                        $"{(by is null ? "no node serves" : $"{by} does not serve")} {session.Name}, {limit} after all went on with the fault");
                }

                cluster.Run(Between);
            }
        }
    }

    /// <summary>Whether nobody but whoever is cut off holds it, as all know who know it.</summary>
    private bool IsAloneThere(SessionHistory session) =>
        CutOff is { IsRunning: true, Process: { } alone }
        && alone.Machine.StateOf(session.Id) is not null
        && cluster.Nodes.All(node => node.Process?.Machine.PlacementOf(session.Id) is not { IsAlive: true } placement
            || placement.Holders.All(holder => holder == alone.Member));

    private bool HasAnybodyPermission() => cluster.Nodes.Any(static node =>
        node is { Role: MemberRole.Node, IsRunning: true, Process: { } process }
        && process.Machine.HasPermission(process.Now));

    private bool IsServed(SimulatedNode node, SessionHistory session) =>
        node is { Role: MemberRole.Node, IsRunning: true, Process: { } process } && IsServed(process, session);

    private bool IsServed(SimulatedProcess process, SessionHistory session)
    {
        LoadResult? result = null;
        bool isOver = false;
        process.Ask(new LoadRequest(session, answer => (isOver, result) = (true, answer?.Result)));
        cluster.RunUntil(() => isOver, Answered, $"{process.Member} answers");
        return result is LoadResult.Found or LoadResult.NotFound;
    }
}
