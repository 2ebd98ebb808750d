namespace SessionCluster.Simulation;

/// <summary>What a request does.</summary>
internal enum VisitKind
{
    Create,
    Read,
    Write,
    Remove,
}

/// <summary>
/// One request from the browser over the balancer to a node and back, with the load and the commit that the shell makes
/// of it. Any part of the way may fail.
/// </summary>
internal sealed class Visit(
    SimulatedCluster cluster,
    SimulatedBalancer balancer,
    WorkloadProfile profile,
    SeededRandom random,
    SessionHistory session,
    VisitKind kind)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly string[] Keys = ["a", "b", "c", "d"];

    private SimulatedNode? _node;
    private Action<Visit>? _ended;

    public SessionHistory Session { get; } = session;

    /// <summary>Who holds the session, as the answer said.</summary>
    public Placement? Placement { get; private set; }

    /// <summary>The node answered that there is no such session.</summary>
    public bool FoundNothing { get; private set; }

    /// <summary>The answer was that it cannot be told now.</summary>
    public bool WasUnavailable { get; private set; }

    /// <summary>A complete answer came.</summary>
    public bool IsAnswered { get; private set; }

    public void Begin(SimulatedNode node, Action<Visit> ended)
    {
        _node = node;
        _ended = ended;
        if (balancer.CanReach(node.Host))
        {
            cluster.Queue.After(balancer.DelayTo(node.Host), Arrive);
        }

        cluster.Queue.After(Patience, () => End(isFailure: true));
    }

    private void Arrive()
    {
        if (_node!.Process is not { } process)
        {
            Respond(isFailure: true);
        }
        else if (kind == VisitKind.Create)
        {
            Commit(process);
        }
        else
        {
            process.Ask(new LoadRequest(Session, load => Loaded(process, load)));
        }
    }

    private void Loaded(SimulatedProcess process, LoadCompleted? load)
    {
        Note(load?.Placement, load?.Result is LoadResult.NotFound or LoadResult.Lost, load?.Result == LoadResult.Unavailable);
        if (load is null || load.Result != LoadResult.Found || kind == VisitKind.Read)
        {
            Respond(isFailure: load is null);
            return;
        }

        TimeSpan work = random.Spread(TimeSpan.FromMilliseconds(0.1), profile.HandlerAtMost);
        cluster.Queue.After(work, () => Change(process));
    }

    private void Change(SimulatedProcess process)
    {
        if (!process.IsAlive)
        {
            Respond(isFailure: true);
        }
        else if (kind == VisitKind.Remove)
        {
            process.Ask(new RemoveRequest(Session, Changed));
        }
        else
        {
            Commit(process);
        }
    }

    private void Commit(SimulatedProcess process)
    {
        long number = cluster.History.NextNumber();
        int first = random.Below(Keys.Length);
        int count = random.Chance(0.3) ? 2 : 1;
        var writes = new List<KeyWrite>();
        var set = new List<SessionValue>();
        var removed = new List<string>();
        for (int step = 0; step < count; step++)
        {
            var write = new KeyWrite(Keys[(first + step) % Keys.Length], HasBody: random.Chance(0.7));
            writes.Add(write);
            set.Add(new SessionValue(write.Key, WorkloadValue.Of(number, 0)));
            if (write.HasBody)
            {
                set.Add(new SessionValue(write.BodyKey, WorkloadValue.Of(number, random.Between(0, profile.PaddingAtMost))));
            }
            else
            {
                removed.Add(write.BodyKey);
            }
        }

        if (cluster.Divided is not null)
        {
            set.Add(new SessionValue(DividedChecker.TraceKey(number), WorkloadValue.Of(number, 0)));
        }

        var delta = new SessionDelta(set, removed);
        process.Ask(new CommitRequest(
            Session, new WriteRecord(number, writes), delta, creates: kind == VisitKind.Create, Changed));
    }

    private void Changed(CommitCompleted? answer)
    {
        bool isGone = answer?.Result is CommitResult.NotFound or CommitResult.Lost
            || (kind == VisitKind.Remove && answer?.Result == CommitResult.Committed)
            || (kind == VisitKind.Create && answer?.Result != CommitResult.Committed && random.Chance(0.5));
        Note(answer?.Placement, isGone, answer?.Result == CommitResult.Unavailable);
        Respond(isFailure: answer is null);
    }

    private void Note(Placement? placement, bool isGone, bool isUnavailable)
    {
        Placement = placement;
        FoundNothing = isGone;
        WasUnavailable = isUnavailable;
    }

    private void Respond(bool isFailure)
    {
        if (balancer.CanHear(_node!.Host))
        {
            cluster.Queue.After(balancer.DelayFrom(_node.Host), () => End(isFailure));
        }
    }

    private void End(bool isFailure)
    {
        if (_ended is not { } ended)
        {
            return;
        }

        _ended = null;
        IsAnswered = !isFailure;
        if (isFailure || WasUnavailable)
        {
            balancer.Failed(_node!);
        }

        if (isFailure && kind == VisitKind.Create)
        {
            // The browser never got the cookie.
            FoundNothing = true;
        }

        ended(this);
    }
}
