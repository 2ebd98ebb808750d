namespace SessionCluster.Simulation;

/// <summary>
/// After recovery every session is asked for once more on some node: the answer must be true, and "unavailable" is no
/// answer any more.
/// </summary>
internal sealed class LastQuestions(SimulatedCluster cluster, SeededRandom random)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(5);

    /// <summary>Of how many that were removed every node is asked; any may bring one back.</summary>
    private const int RemovedMost = 20;

    private int _open;

    public void AskAll()
    {
        SimulatedProcess[] nodes = [.. cluster.Processes.Where(static process => process.Role == MemberRole.Node)];
        if (nodes.Length == 0)
        {
            return;
        }

        int removed = 0;
        foreach (SessionHistory session in cluster.History.Sessions)
        {
            bool isAskedForEverywhere = session.WasRemoved && ++removed <= RemovedMost;
            foreach (SimulatedProcess node in isAskedForEverywhere ? nodes : [random.Pick(nodes)])
            {
                Ask(node, session);
                cluster.Run(Between);
            }
        }

        AskVoter();
        cluster.RunUntil(() => _open == 0, Patience, $"{_open} last questions are answered");
    }

    /// <summary>A voter holds nothing and serves nothing.</summary>
    private void AskVoter()
    {
        if (cluster.Processes.FirstOrDefault(static process => process.Role == MemberRole.Voter) is not { } voter
            || cluster.History.Sessions is not [{ } session, ..])
        {
            return;
        }

        _open++;
        voter.Ask(new LoadRequest(session, answer =>
        {
            if (answer?.Result != LoadResult.Unavailable)
            {
                throw new SimulationFailedException(
                    $"session {session.Name}: {voter.Member} answers {answer?.Result.ToString() ?? "nothing"}, and only votes");
            }

            _open--;
        }));
    }

    private void Ask(SimulatedProcess process, SessionHistory session)
    {
        _open++;
        process.Ask(new LoadRequest(session, answer =>
        {
            // Who entered the last view late was told of all ends anew, and asks nobody whether they are agreed.
            bool mayStillLive = answer?.Result == LoadResult.Unavailable
                && process.Machine.Inspection.MayStillLive(session.Id);
            if (mayStillLive)
            {
                _open--;
                return;
            }

            if (answer is null || answer.Result == LoadResult.Unavailable)
            {
                throw new SimulationFailedException(
                    $"session {session.Name}: {process.Member} answers {answer?.Result.ToString() ?? "nothing"} after recovery");
            }

            if (answer.Result == LoadResult.Found)
            {
                Write(process, session);
            }

            _open--;
        }));
    }

    private void Write(SimulatedProcess process, SessionHistory session)
    {
        _open++;
        long number = cluster.History.NextNumber();
        var write = new WriteRecord(number, [new KeyWrite("a", HasBody: false)]);
        byte[] value = WorkloadValue.Of(number, 0);
        SessionValue[] set = cluster.Divided is null
            ? [new SessionValue("a", value)]
            : [new SessionValue("a", value), new SessionValue(DividedChecker.TraceKey(number), value)];
        var delta = new SessionDelta(set, ["a.body"]);
        cluster.Queue.After(TimeSpan.FromMilliseconds(1), () => process.Ask(
            new CommitRequest(session, write, delta, creates: false, answer =>
            {
                if (answer?.Result != CommitResult.Committed)
                {
                    throw new SimulationFailedException(
                        $"session {session.Name}: {process.Member} commits with {answer?.Result.ToString() ?? "nothing"} after recovery");
                }

                _open--;
            })));
    }
}
