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

    /// <summary>Asks for each session until it is served.</summary>
    /// <exception cref="SimulationFailedException">A session is not served within <paramref name="limit"/>.</exception>
    public void ExpectAll(TimeSpan limit)
    {
        TimeSpan end = cluster.Queue.Now + limit;
        foreach (SessionHistory session in cluster.History.Sessions)
        {
            while (!IsServed(session))
            {
                if (cluster.Queue.Now > end)
                {
                    throw new SimulationFailedException($"no node serves {session.Name}, {limit} after all went on with the fault");
                }

                cluster.Run(Between);
            }
        }
    }

    private bool IsServed(SessionHistory session)
    {
        foreach (SimulatedNode node in cluster.Nodes)
        {
            if (node is { Role: MemberRole.Node, IsRunning: true, Process: { } process } && IsServed(process, session))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsServed(SimulatedProcess process, SessionHistory session)
    {
        LoadResult? result = null;
        bool isOver = false;
        process.Ask(new LoadRequest(session, answer => (isOver, result) = (true, answer?.Result)));
        cluster.RunUntil(() => isOver, Answered, $"{process.Member} answers");
        return result is LoadResult.Found or LoadResult.NotFound;
    }
}
