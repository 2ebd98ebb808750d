namespace SessionCluster.Simulation;

/// <summary>What a request does.</summary>
internal enum VisitKind
{
    Create,
    Read,
    Write,
    Remove,

    /// <summary>It reads, computes and writes, and has the session for itself meanwhile.</summary>
    Raise,
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
    private const int TriesAtMost = 3;

    /// <summary>Of so many exclusive requests one has been aborted, and its load is over, before it commits.</summary>
    private const int AbortedOneOf = 12;

    private static readonly TimeSpan ElsewhereAtLatest = TimeSpan.FromMilliseconds(500);
    private static readonly string[] Keys = ["a", "b", "c", "d"];
    private static readonly string[] BodyKeys = [.. Keys.Select(KeyWrite.BodyOf)];

    /// <summary>Only written by who has read it and has the session exclusively.</summary>
    private const string RaisedKey = "raised";

    private SimulatedNode? _node;
    private LoadCompleted? _load;
    private ProcessMoment? _read;
    private Action<Visit>? _ended;

    public SessionHistory Session { get; } = session;

    /// <summary>What it does.</summary>
    public VisitKind Kind => kind;

    /// <summary>Who holds the session, as the answer said.</summary>
    public Placement? Placement { get; private set; }

    /// <summary>The node answered that there is no such session.</summary>
    public bool FoundNothing { get; private set; }

    /// <summary>The answer was that it cannot be told now.</summary>
    public bool WasUnavailable { get; private set; }

    /// <summary>A complete answer came.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Whether the client has its answer, or has given up.</summary>
    public bool HasEnded => _ended is null;

    /// <summary>The client has waited for too long.</summary>
    public void GiveUp() => End(isFailure: true);

    public void Begin(SimulatedNode node, Action<Visit> ended)
    {
        _node = node;
        _ended = ended;
        if (balancer.CanReach(node.Host))
        {
            cluster.Queue.After(balancer.DelayTo(node.Host), Arrive);
        }

        balancer.Deadlines.Add(this);
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
            _read = ProcessMoment.Of(process);
            process.Ask(
                new LoadRequest(Session, load => Loaded(process, load)) { IsExclusive = kind == VisitKind.Raise });
        }
    }

    private void Loaded(SimulatedProcess process, LoadCompleted? load)
    {
        Note(
            load?.Placement, load?.Result is LoadResult.NotFound or LoadResult.Lost,
            load?.Result == LoadResult.Unavailable);
        if (load is null || load.Result != LoadResult.Found || kind == VisitKind.Read)
        {
            Respond(isFailure: load is null);
            return;
        }

        TimeSpan work = kind == VisitKind.Raise && profile.ExclusiveHandlerAtMost is { } longest
            ? random.Between(TimeSpan.Zero, longest)
            : random.Spread(TimeSpan.FromMilliseconds(0.1), profile.HandlerAtMost);
        _load = load;
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
        else if (kind == VisitKind.Raise)
        {
            Raise(process, _load!);
        }
        else
        {
            Commit(process);
        }
    }

    private void Raise(SimulatedProcess process, LoadCompleted load)
    {
        long number = cluster.History.NextNumber();
        var write = new WriteRecord(number, [new KeyWrite(RaisedKey, HasBody: false)])
        {
            ExclusiveRead = load.Version.Sequence,
        };
        byte[] value = WorkloadValue.Of(number, 0);
        SessionDelta delta = cluster.Divided is null
            ? SessionDelta.Setting(RaisedKey, value)
            : new SessionDelta([new(RaisedKey, value), new(DividedChecker.TraceKey(number), value)], []);
        bool isAborted = load.Request % AbortedOneOf == 0;
        if (isAborted)
        {
            process.Take(new ReleaseSession(load.Request, Session.Id));
        }

        process.Ask(new CommitRequest(Session, write, delta, creates: false, answer =>
        {
            if (isAborted && answer?.Result == CommitResult.Committed)
            {
                throw new SimulationFailedException(
                    $"session {Session.Name}: {process.Member} commits under the load {load.Request}, which is over");
            }

            cluster.Queue.After(TimeSpan.Zero, () => process.Take(new ReleaseSession(load.Request, Session.Id)));
            Changed(answer);
        })
        {
            ExclusiveLoad = load.Request, Read = _read,
        });
    }

    private void Commit(SimulatedProcess process)
    {
        long number = cluster.History.NextNumber();
        int first = random.Below(Keys.Length);
        int count = random.Chance(0.3) ? 2 : 1;
        var writes = new KeyWrite[count];
        var set = new List<SessionValue>(count * 2);
        var removed = new List<string>();
        for (int step = 0; step < count; step++)
        {
            int key = (first + step) % Keys.Length;
            writes[step] = new KeyWrite(Keys[key], HasBody: random.Chance(0.7));
            set.Add(new SessionValue(Keys[key], WorkloadValue.Of(number, 0)));
            if (writes[step].HasBody)
            {
                set.Add(new SessionValue(
                    BodyKeys[key], WorkloadValue.Of(number, random.Between(0, profile.PaddingAtMost))));
            }
            else
            {
                removed.Add(BodyKeys[key]);
            }
        }

        if (cluster.Divided is not null)
        {
            set.Add(new SessionValue(DividedChecker.TraceKey(number), WorkloadValue.Of(number, 0)));
        }

        RecordedOutcome? outcome = random.Chance(profile.Keyed) && kind == VisitKind.Write
            ? new(KeyOf(number), WorkloadValue.Of(number, 0))
            : null;
        Send(process, new WriteRecord(number, writes), new SessionDelta(set, removed, outcome), tries: 1);
    }

    /// <summary>
    /// A commit with the key of its request may be sent to another node when nobody knows what became of it, and the
    /// client still waits: it comes true once.
    /// </summary>
    private void Send(SimulatedProcess process, WriteRecord write, SessionDelta delta, int tries)
    {
        process.Ask(new CommitRequest(Session, write, delta, creates: kind == VisitKind.Create, answer =>
        {
            bool isUnknown = answer?.Result is null or CommitResult.Unavailable;
            if (!isUnknown || delta.Outcome is null || tries >= TriesAtMost || _ended is null)
            {
                Changed(answer);
                return;
            }

            balancer.Failed(_node!);
            SendElsewhereSoon(write, delta, tries, () => Changed(answer));
        })
        {
            Read = _read,
        });
        if (delta.Outcome is not null && tries < TriesAtMost && random.Chance(profile.Impatience))
        {
            SendElsewhereSoon(write, delta, tries, static () => { });
        }
    }

    /// <summary>Sends a commit to another node, if the client still waits then.</summary>
    private void SendElsewhereSoon(WriteRecord write, SessionDelta delta, int tries, Action cannot) =>
        cluster.Queue.After(random.Spread(TimeSpan.FromMilliseconds(1), ElsewhereAtLatest), () =>
        {
            if (_ended is not null && balancer.Choose(null, strays: 1).Process is { IsPaused: false } other)
            {
                _read = null;
                Send(other, write, delta, tries + 1);
            }
            else
            {
                cannot();
            }
        });

    private static Guid KeyOf(long number)
    {
        Span<byte> key = stackalloc byte[16];
        BitConverter.TryWriteBytes(key, number);
        return new Guid(key);
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
