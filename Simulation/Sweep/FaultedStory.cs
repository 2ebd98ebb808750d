namespace SessionCluster.Simulation;

/// <summary>
/// A few seconds of clients, told by one seed, with one fault at one of its messages. The fault lasts: with it every
/// session has to be served again in bounded time, and when it is over nothing may be lost or left behind. A second,
/// short one may follow it.
/// </summary>
internal sealed class FaultedStory
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WorkBeginsAfter = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SecondFaultWithin = TimeSpan.FromSeconds(1);

    /// <summary>After so long with the fault every session is served.</summary>
    private static readonly TimeSpan ServedWithin = TimeSpan.FromSeconds(10);

    private static readonly WorkloadProfile Workload = new()
    {
        Clients = 3,
        ThinkAtMost = TimeSpan.FromMilliseconds(400),
        Strays = 0.4,
        Removals = 0.1,
        Keyed = 0.3,
        HandlerAtMost = TimeSpan.FromMilliseconds(20),
    };

    private readonly SingleFault _fault;
    private readonly int _at;
    private readonly Aftershock? _aftershock;
    private readonly PlannedChange _change;
    private readonly PlannedWork _work;
    private readonly List<SimulatedClient> _clients = [];
    private StruckFault? _struck;
    private int _heard;

    /// <param name="options">Which story.</param>
    /// <param name="fault">What goes wrong.</param>
    /// <param name="at">The number of the message at which it does, from 0; none where it is past the last.</param>
    /// <param name="detail">What is kept for people to read.</param>
    public FaultedStory(StoryOptions options, SingleFault fault, int at, TraceDetail detail = TraceDetail.Hash)
    {
        _fault = fault;
        _at = at;
        _aftershock = options.HasAftershock ? Aftershock.Draw(options.Seed, fault, at) : null;
        _change = options.Change;
        Cluster = new SimulatedCluster(options.DrawCluster() with { Detail = detail }, starts: false);
        if (options.Policy == PartitionPolicy.Available)
        {
            // Who serves is asked in the end.
            Cluster.Divided = new DividedChecker(Cluster, mayLose: StruckFault.IsDeath(fault))
            {
                EachNodeAnswers = false,
            };
        }

        int nodes = Cluster.Options.Nodes;
        _work = new PlannedWork(Cluster, _change, Cluster.Nodes[SeededRandom.For(options.Seed, "work").Below(nodes)]);
    }

    public SimulatedCluster Cluster { get; }

    /// <summary>How many messages the story had, heartbeats apart.</summary>
    public int Messages { get; private set; }

    /// <summary>The message at which the fault has struck, and what followed it.</summary>
    public string Occasion { get; private set; } = "none";

    /// <summary>Tells it.</summary>
    /// <exception cref="SimulationFailedException">A promise was broken.</exception>
    public void Run()
    {
        StartNodes();
        SeededRandom random = SeededRandom.For(Cluster.Options.Seed, "workload");
        var balancer = new SimulatedBalancer(Cluster, random);
        Cluster.Overheard = Hear;
        for (int number = 1; number <= Workload.Clients; number++)
        {
            _clients.Add(new SimulatedClient(Cluster, balancer, Workload, random, number));
        }

        Cluster.Queue.After(WorkBeginsAfter, _work.Begin);
        Cluster.Run(Length);
        Messages = _heard;
        _clients.ForEach(static client => client.IsActive = false);
        Cluster.Run(SecondFaultWithin);
        Cluster.Overheard = null;
        Cluster.Run(Cluster.Options.ClientsFinish);
        ExpectService();
        End();
    }

    private void StartNodes()
    {
        foreach (SimulatedNode node in Cluster.Nodes)
        {
            if (_change != PlannedChange.Join || node != _work.Node)
            {
                Cluster.Start(node);
            }
        }

        Cluster.Settle();
    }

    private void Hear(SimulatedProcess sender, Envelope envelope)
    {
        if (envelope.Message is Heartbeat or HeartbeatAcknowledged)
        {
            return;
        }

        int number = _heard++;
        SimulatedNode receiver = Cluster.Nodes[Cluster.HostOf(envelope.To.Node)];
        string occasion = $"{envelope.Message.GetType().Name} from {sender.Node} to {receiver}";
        if (number == _at)
        {
            Occasion = occasion;
            Cluster.Trace.Said("network", $"{_fault} at {occasion}");
            _struck = new StruckFault(Cluster, _fault, sender.Node, receiver);

            // The sender is in the midst of its step.
            Cluster.Queue.After(TimeSpan.Zero, _struck.Strike);
        }
        else if (_struck is { } first && _aftershock is { } second && number == _at + second.After)
        {
            Occasion += $", {second}, at {occasion}";
            Cluster.Trace.Said("network", $"{second}, at {occasion}");
            Cluster.Queue.After(TimeSpan.Zero, () => second.Strike(Cluster, first, sender.Node, receiver));
        }
    }

    /// <summary>
    /// With the fault still there; where a side serves on its own, by that side as well. And work goes on.
    /// </summary>
    private void ExpectService()
    {
        var served = new ServedSessions(Cluster)
        {
            ExpectsUnanswered = _change == PlannedChange.None,
            CutOff = _aftershock is null ? null : _struck?.CutOff,
        };
        served.ExpectAll(ServedWithin);
        if (Cluster.Divided is not null && _struck?.Isolated is { Role: MemberRole.Node } isolated)
        {
            served.ExpectAll(ServedWithin, isolated);
        }

        if (Cluster.Divided is null && _work.Node.IsRunning && _struck?.CutOff != _work.Node)
        {
            _work.End();
        }
    }

    private void End()
    {
        Cluster.Trace.Said("network", "is whole again, and everybody lives");
        Cluster.Network.Heal();
        foreach (SimulatedNode node in Cluster.Nodes)
        {
            Cluster.Resume(node);
            if (!node.IsUp)
            {
                Cluster.Start(node);
            }
        }

        _work.End();

        // Connections come back in their own time.
        Cluster.Run(Cluster.Options.ClientsFinish);
        Cluster.Settle(Cluster.Options.ConvergenceLimit);
        foreach (SessionHistory session in Cluster.History.Sessions)
        {
            if (session.WhyStillHeld(Cluster) is { } reason)
            {
                throw new SimulationFailedException($"session {session.Name}: {reason}");
            }
        }

        Cluster.Divided?.CheckAtTheEnd();
        new LastQuestions(Cluster, SeededRandom.For(Cluster.Options.Seed, "questions")).AskAll();
        Cluster.Settle(Cluster.Options.ConvergenceLimit);
    }
}
