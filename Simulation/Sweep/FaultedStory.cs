namespace SessionCluster.Simulation;

/// <summary>
/// A few seconds of clients, told by one seed, with one fault at one of its messages. The fault lasts: with it every
/// session has to be served again in bounded time, and when it is over nothing may be lost or left behind.
/// </summary>
internal sealed class FaultedStory
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ClientsFinish = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan LongerThanSilence = TimeSpan.FromSeconds(1.7);
    private static readonly TimeSpan ShorterThanSilence = TimeSpan.FromSeconds(0.6);
    private static readonly TimeSpan StartsWithin = TimeSpan.FromMilliseconds(30);

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
    private readonly List<SimulatedClient> _clients = [];

    /// <param name="seed">Of the story.</param>
    /// <param name="fault">What goes wrong.</param>
    /// <param name="at">The number of the message at which it does, from 0; none where it is past the last.</param>
    /// <param name="detail">What is kept for people to read.</param>
    public FaultedStory(ulong seed, SingleFault fault, int at, TraceDetail detail = TraceDetail.Hash)
    {
        _fault = fault;
        _at = at;
        Cluster = new SimulatedCluster(DrawCluster(seed) with { Detail = detail });
    }

    public SimulatedCluster Cluster { get; }

    /// <summary>How many messages the story had, heartbeats apart.</summary>
    public int Messages { get; private set; }

    /// <summary>The message at which the fault has struck.</summary>
    public string Occasion { get; private set; } = "none";

    /// <summary>Tells it.</summary>
    /// <exception cref="SimulationFailedException">A promise was broken.</exception>
    public void Run()
    {
        Cluster.Settle();
        SeededRandom random = SeededRandom.For(Cluster.Options.Seed, "workload");
        var balancer = new SimulatedBalancer(Cluster, random);
        Cluster.Overheard = Hear;
        for (int number = 1; number <= Workload.Clients; number++)
        {
            _clients.Add(new SimulatedClient(Cluster, balancer, Workload, random, number));
        }

        Cluster.Run(Length);
        Cluster.Overheard = null;
        _clients.ForEach(static client => client.IsActive = false);
        Cluster.Run(ClientsFinish);
        new ServedSessions(Cluster).ExpectAll(ServedWithin);
        End();
    }

    /// <summary>Any cluster that can do without one of its members.</summary>
    private static ClusterOptions DrawCluster(ulong seed)
    {
        SeededRandom random = SeededRandom.For(seed, "cluster");
        int nodes = random.Between(3, 5);
        return new ClusterOptions
        {
            Seed = seed,
            Nodes = nodes,
            HasVoter = random.Chance(0.5),
            Backups = nodes > 3 && random.Chance(0.2) ? 2 : 1,
            IsStrict = true,
            Network = random.Chance(0.5) ? new NetworkProfile() : NetworkProfile.Draw(random),
            HeartbeatInterval = ReplicationSettings.DefaultHeartbeatInterval,
        };
    }

    private void Hear(SimulatedProcess sender, Envelope envelope)
    {
        if (envelope.Message is Heartbeat or HeartbeatAcknowledged || Messages++ != _at)
        {
            return;
        }

        SimulatedNode receiver = Cluster.Nodes[Cluster.HostOf(envelope.To.Node)];
        Occasion = $"{envelope.Message.GetType().Name} from {sender.Node} to {receiver}";
        Cluster.Trace.Said("network", $"{_fault} at {Occasion}");

        // The sender is in the midst of its step.
        Cluster.Queue.After(TimeSpan.Zero, () => Strike(sender.Node, receiver));
    }

    private void Strike(SimulatedNode sender, SimulatedNode receiver)
    {
        switch (_fault)
        {
            case SingleFault.KillSender: Cluster.Kill(sender); break;
            case SingleFault.KillReceiver: Cluster.Kill(receiver); break;
            case SingleFault.LoseSender: Cluster.Kill(sender, losesHost: true); break;
            case SingleFault.LoseReceiver: Cluster.Kill(receiver, losesHost: true); break;
            case SingleFault.StopSender: Cluster.Pause(sender); break;
            case SingleFault.StopReceiver: Cluster.Pause(receiver); break;
            case SingleFault.RestartSender: Restart(sender); break;
            case SingleFault.RestartReceiver: Restart(receiver); break;
            case SingleFault.PauseSender: Pause(sender, LongerThanSilence); break;
            case SingleFault.PauseReceiver: Pause(receiver, LongerThanSilence); break;
            case SingleFault.DelaySender: Pause(sender, ShorterThanSilence); break;
            case SingleFault.DelayReceiver: Pause(receiver, ShorterThanSilence); break;
            case SingleFault.CutWay: Cluster.Network.Cut(sender.Host, receiver.Host); break;
            case SingleFault.CutWayBack: Cluster.Network.Cut(receiver.Host, sender.Host); break;
            case SingleFault.CutBothWays:
                Cluster.Network.Cut(sender.Host, receiver.Host);
                Cluster.Network.Cut(receiver.Host, sender.Host);
                break;
            case SingleFault.Reset when sender.Process is { } one && receiver.Process is { } other:
                Cluster.Network.Reset(one, other);
                break;
        }
    }

    private void Restart(SimulatedNode node)
    {
        Cluster.Kill(node);
        Cluster.Queue.After(StartsWithin, () => Cluster.Start(node));
    }

    private void Pause(SimulatedNode node, TimeSpan duration)
    {
        Cluster.Pause(node);
        Cluster.Queue.After(duration, () => Cluster.Resume(node));
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

        // Connections come back in their own time.
        Cluster.Run(ClientsFinish);
        Cluster.Settle(SeedRun.ConvergenceLimit);
        foreach (SessionHistory session in Cluster.History.Sessions)
        {
            if (session.WhyStillHeld(Cluster) is { } reason)
            {
                throw new SimulationFailedException($"session {session.Name}: {reason}");
            }
        }

        new LastQuestions(Cluster, SeededRandom.For(Cluster.Options.Seed, "questions")).AskAll();
        Cluster.Settle(SeedRun.ConvergenceLimit);
    }
}
