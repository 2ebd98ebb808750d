namespace SessionCluster.Simulation;

/// <summary>
/// The rules of the protocol, each checked at the steps, messages and answers that could break it. A rule that is
/// broken need not do harm: for that it mostly takes a second fault, or a third, at the right moment.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class RuleCheckers(SimulatedCluster cluster)
{
    private readonly ServingChecker _serving = new(cluster);
    private readonly CopyChecker _copies = new(cluster);
    private readonly StatementChecker _statements = new(cluster);

    /// <param name="process">Who is about to take a step.</param>
    /// <param name="heard">The message that it takes; nothing where the step is of another kind.</param>
    public void Before(SimulatedProcess process, Message? heard)
    {
        _serving.Before();
        _copies.Before(process, heard);
        _statements.Before(process);
    }

    /// <param name="process">Who has taken a step.</param>
    /// <param name="heard">The message that it took; nothing where the step is of another kind.</param>
    public void After(SimulatedProcess process, Message? heard) => _copies.After(process, heard);

    public void Sent(SimulatedProcess sender, Envelope envelope)
    {
        _statements.Sent(sender, envelope);
        if (envelope.Message is HandOver given)
        {
            _serving.Gave(sender, given);
        }
    }

    public void Reported(SimulatedProcess process, ClusterEvent happened)
    {
        switch (happened)
        {
            case SessionPlaced placed:
                _serving.Began(process, placed.Session, placed.Configuration);
                break;
            case SessionPromoted promoted:
                _serving.Began(process, promoted.Session, promoted.Configuration);
                break;
            case PermissionGained:
                _serving.Permitted(process);
                break;
            case SessionTakenOver taken:
                _serving.Began(process, taken.Session, taken.Configuration);
                break;
        }
    }

    public void Completed(SimulatedProcess process, PendingRequest request, Completion completion)
    {
        switch (completion)
        {
            case LoadCompleted { Result: LoadResult.Found } load when request is LoadRequest asked:
                _serving.Answered(process, asked.Of.Id, load.Version);
                break;
            case CommitCompleted { Result: CommitResult.Committed } commit when request is CommitRequest asked:
                _serving.Committed(process, asked.Of.Id, commit.Version);
                _copies.CheckEqual(process, asked.Of.Id, commit.Version, commit.Placement);
                break;
        }
    }
}
