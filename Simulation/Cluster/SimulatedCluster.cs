namespace SessionCluster.Simulation;

/// <summary>
/// A cluster in one process, under a clock and a network that one seed makes. Its verbs read like what a person does to
/// real nodes; each of them returns when it is done, in virtual time.
/// </summary>
internal sealed class SimulatedCluster
{
    private const int IncarnationGapMaximum = 5;

    private readonly SeededRandom _topology;
    private readonly Recollection _recollection;
    private readonly ConfiguredPeer[] _universe;
    private SimulatedProcess[] _processes = [];

    /// <summary>Makes a cluster and starts all its nodes, unless <paramref name="starts"/> says otherwise.</summary>
    public SimulatedCluster(ClusterOptions options, bool starts = true)
    {
        Options = options;
        _topology = SeededRandom.For(options.Seed, "topology");
        _universe = UniverseOf(options);
        Nodes = [.. _universe.Select(static (peer, host) => new SimulatedNode(host, peer.Node, peer.Role))];

        // One host more than there are nodes: where the balancer is no member, its clients still come from somewhere.
        Network = new SimulatedNetwork(
            Queue, options.Nodes + 1, options.Network, SeededRandom.For(options.Seed, "network"))
        {
            Echoes = options.Network.HasEchoes
                ? new Echoes(Queue, SeededRandom.For(options.Seed, "echoes of messages"))
                : null,
        };
        Network.Keep([.. _universe.Select(static peer => peer.Node)]);
        Trace = new ClusterTrace(this, options.Detail);
        Ledger = new ConfigurationLedger(this);
        _recollection = new Recollection(this);
        Repairs = new RepairChecker(this);
        Durability = new DurabilityChecker(this);
        History = new History(Queue, Ledger, options);
        if (options is { IsChecked: true, Backups: > 0 })
        {
            Rules = new RuleCheckers(this);
        }

        Network.MessageSent = options.IsChecked ? Overhear : null;
        if (starts)
        {
            StartAll();
        }
    }

    /// <summary>Makes a cluster for a scenario: a quick network and the seed's own transcript.</summary>
    public SimulatedCluster(int nodes, ulong seed = 1, bool voter = false, int backups = 1)
        : this(new ClusterOptions
        {
            Nodes = nodes,
            Seed = seed,
            HasVoter = voter,
            Backups = backups,
            Detail = TraceDetail.Transcript,
        })
    {
    }

    public ClusterOptions Options { get; }

    public EventQueue Queue { get; } = new();

    public SimulatedNetwork Network { get; }

    public ClusterTrace Trace { get; }

    public ConfigurationLedger Ledger { get; }

    /// <summary>Looks whether all that was acknowledged is held.</summary>
    public DurabilityChecker Durability { get; }

    /// <summary>What members have lost in their memory, and must have again.</summary>
    public RepairChecker Repairs { get; }

    /// <summary>What the protocol's rules say of each step; nothing where nobody replicates.</summary>
    public RuleCheckers? Rules { get; }

    /// <summary>Sees each message that leaves a member, until it takes itself away.</summary>
    public Action<SimulatedProcess, Envelope>? Overheard { get; set; }

    /// <summary>Gets each fact that a member reports; for scenarios.</summary>
    public Action<ClusterEvent>? Happened { get; init; }

    /// <summary>Checks what holds where sides may serve on their own; nothing where they may not.</summary>
    public DividedChecker? Divided { get; set; }

    public History History { get; }

    /// <summary>The hosts with a node's name; the voter, where there is one, is the last.</summary>
    public IReadOnlyList<SimulatedNode> Nodes { get; }

    /// <summary>The processes that live, stopped or not.</summary>
    public IReadOnlyList<SimulatedProcess> Processes => _processes;

    /// <summary>The same for who looks at them at every step.</summary>
    public ReadOnlySpan<SimulatedProcess> ProcessSpan => _processes;

    /// <summary>For how long the slowest of those who live waits for those that say nothing.</summary>
    public TimeSpan LongestPatience
    {
        get
        {
            TimeSpan longest = TimeSpan.Zero;
            foreach (SimulatedProcess process in ProcessSpan)
            {
                TimeSpan its = Options.FoundingPatienceOf(process.Member);
                longest = its > longest ? its : longest;
            }

            return longest;
        }
    }

    /// <summary>The host that clients come from: the balancer's.</summary>
    public int BalancerHost => Options.Nodes;

    /// <summary>The node of a number as people count: from 1.</summary>
    public SimulatedNode Node(int number) => Nodes[number - 1];

    public int HostOf(NodeId id)
    {
        // Mostly it is the very object.
        for (int host = 0; host < _universe.Length; host++)
        {
            if (ReferenceEquals(_universe[host].Node.Name, id.Name))
            {
                return host;
            }
        }

        for (int host = 0; host < _universe.Length; host++)
        {
            if (_universe[host].Node == id)
            {
                return host;
            }
        }

        throw new SimulationFailedException($"a message goes to {id}, which nobody is");
    }

    public string NameOf(SessionId session) => History.Find(session)?.Name ?? $"{session.Prefix:x16}";

    public void StartAll()
    {
        foreach (SimulatedNode node in Nodes)
        {
            Start(node);
        }
    }

    public void Start(SimulatedNode node)
    {
        node.Incarnations += 1 + _topology.Below(IncarnationGapMaximum);
        var member = new Member(node.Id, node.Incarnations);
        int drift = Options.DriftPerMillionMaximum;
        var clock = new NodeClock(
            _topology.Between(TimeSpan.Zero, TimeSpan.FromDays(30)) - Queue.Now, _topology.Between(-drift, drift));
        ConfiguredPeer[] named = [.. _universe.Where(peer => !node.Unnamed.Contains(peer.Node))];
        node.Process = new SimulatedProcess(this, node, Options.SettingsFor(member, node.Role, named), clock);
        if (Network.IsHostLost(node.Host))
        {
            Network.FindHost(node.Host);
        }

        CountProcesses();
        Trace.Did(node, "starts");
        node.Process.Start();
    }

    /// <summary>Kills the node's process. Its host closes the connections, unless it is lost as well.</summary>
    public void Kill(SimulatedNode node, bool losesHost = false)
    {
        if (node.Process is not { } process)
        {
            return;
        }

        Trace.Did(node, losesHost ? "dies, and its host with it" : "is killed");
        node.Process = null;
        CountProcesses();
        process.Kill();
        Network.Detach(process, losesHost);
        Ledger.ProcessEnded(process);
        Divided?.ProcessEnded();
        if (Options.IsChecked)
        {
            Durability.Check();
        }
    }

    public void Pause(SimulatedNode node)
    {
        if (node.Process is { IsPaused: false } process)
        {
            Trace.Did(node, "is stopped");
            process.Pause();
        }
    }

    public void Resume(SimulatedNode node)
    {
        if (node.Process is { IsPaused: true } process)
        {
            Trace.Did(node, "goes on");
            process.Resume();
        }
    }

    public void StartDrain(SimulatedNode node, bool mayLose = true)
    {
        Trace.Did(node, "is asked to leave");
        node.Process?.Take(new StartDrain(MayLose: mayLose));
    }

    public void Report(SimulatedProcess process, ClusterEvent happened)
    {
        Trace.Reported(process, happened);
        if (!Options.IsChecked)
        {
            return;
        }

        Ledger.Reported(process, happened);
        Rules?.Reported(process, happened);
        Divided?.Reported(process, happened);
        Happened?.Invoke(happened);
        if (happened is SessionEnded { Expired: true } ended)
        {
            History.Find(ended.Session)?.Expired();
        }
    }

    /// <summary>Looks at what all members hold.</summary>
    public void Inspect()
    {
        _recollection.Inspect();
        Durability.Check();
        Rules?.Inspect();
        Divided?.Inspect();
    }

    /// <summary>Lets the time pass.</summary>
    public void Run(TimeSpan duration)
    {
        TimeSpan end = Queue.Now + duration;
        while (Queue.RunNext(end))
        {
        }
    }

    /// <summary>Lets the time pass until something is so.</summary>
    /// <exception cref="SimulationFailedException">It was not so in time.</exception>
    public void RunUntil(Func<bool> isSo, TimeSpan limit, string what)
    {
        TimeSpan end = Queue.Now + limit;
        while (!isSo())
        {
            if (!Queue.RunNext(end))
            {
                throw new SimulationFailedException($"{what}: not within {limit}");
            }
        }
    }

    private void CountProcesses() =>
        _processes = [.. Nodes.Select(static node => node.Process).OfType<SimulatedProcess>()];

    private void Overhear(SimulatedProcess sender, Envelope envelope)
    {
        Ledger.MessageSent(envelope.Message);
        Rules?.Sent(sender, envelope);
        Overheard?.Invoke(sender, envelope);
    }

    private static ConfiguredPeer[] UniverseOf(ClusterOptions options)
    {
        IEnumerable<ConfiguredPeer> nodes = Enumerable.Range(1, options.Nodes)
            .Select(static number => new ConfiguredPeer(new NodeId($"node{number}"), MemberRole.Node));
        return options.HasVoter
            ? [.. nodes, new ConfiguredPeer(new NodeId("balancer"), MemberRole.Voter)]
            : [.. nodes];
    }
}
