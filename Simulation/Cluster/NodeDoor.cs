namespace SessionCluster.Simulation;

/// <summary>What a request on one node may do with one session; for scenarios. Each call lets the time pass.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="node">The node.</param>
/// <param name="session">The session.</param>
internal sealed class NodeDoor(SimulatedCluster cluster, SimulatedNode node, SessionHistory session)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Sets one value, and expects that this is acknowledged. The first commit creates the session.</summary>
    public void Commit(string key, string value, RecordedOutcome? outcome = null)
    {
        CommitResult? result = TryCommit(key, value, outcome);
        if (result != CommitResult.Committed)
        {
            throw new SimulationFailedException(
                $"{node} should commit {key}={value} to {session.Name}, but answered {result?.ToString() ?? "nothing"}");
        }
    }

    /// <summary>Sets one value.</summary>
    /// <returns>The answer; nothing where the node died before it gave one.</returns>
    public CommitResult? TryCommit(string key, string value, RecordedOutcome? outcome = null)
    {
        long number = cluster.History.NextNumber();
        var write = new WriteRecord(number, [new KeyWrite(key, HasBody: false)]);
        var delta = SessionDelta.Setting(key, WorkloadValue.Of(number, value)) with { Outcome = outcome };
        CommitCompleted? answer = Await<CommitCompleted>(
            $"commit {key}={value} on {node}",
            done => new CommitRequest(session, write, delta, creates: !session.IsConfirmed, done));
        Tell($"commits {key}={value}", answer?.Result.ToString(), answer?.Placement);
        return answer?.Result;
    }

    /// <summary>Reads one value, and expects that the session is found.</summary>
    /// <returns>The value; nothing where the session has no such key.</returns>
    public string? Load(string key)
    {
        LoadCompleted? answer = TryLoad();
        if (answer?.Result != LoadResult.Found)
        {
            throw new SimulationFailedException(
                $"{node} should load {session.Name}, but answered {answer?.Result.ToString() ?? "nothing"}");
        }

        return answer.State.TryGet(key, out byte[]? bytes) ? WorkloadValue.Text(bytes!) : null;
    }

    /// <summary>Reads the session.</summary>
    /// <returns>The answer; nothing where the node died before it gave one.</returns>
    public LoadCompleted? TryLoad()
    {
        LoadCompleted? answer = Await<LoadCompleted>($"load on {node}", done => new LoadRequest(session, done));
        Tell("loads", answer?.Result.ToString(), answer?.Placement);
        return answer;
    }

    /// <summary>Ends the session.</summary>
    public CommitResult? Remove()
    {
        CommitCompleted? answer = Await<CommitCompleted>($"remove on {node}", done => new RemoveRequest(session, done));
        Tell("removes", answer?.Result.ToString(), answer?.Placement);
        return answer?.Result;
    }

    /// <summary>Asks and does not wait for the answer.</summary>
    public void Ask(PendingRequest request) => Process.Ask(request);

    private SimulatedProcess Process =>
        node.Process ?? throw new SimulationFailedException($"{node} is down, nobody can ask it");

    private T? Await<T>(string what, Func<Action<T?>, PendingRequest> request)
        where T : Completion
    {
        bool isDone = false;
        T? answer = null;
        Process.Ask(request(completed =>
        {
            isDone = true;
            answer = completed;
        }));
        cluster.RunUntil(() => isDone, Patience, what);
        return answer;
    }

    private void Tell(string what, string? result, Placement? placement)
    {
        string where = placement is { IsAlive: true } ? $" on {placement}" : "";
        cluster.Trace.Said("client", $"{what} at {node}, session {session.Name}: {result ?? "no answer"}{where}");
    }
}
