namespace SessionCluster.Simulation;

/// <summary>
/// A fault that waits for its moment: it strikes who sends or who gets the next message of some kind, or the way
/// between the two, while that is under way. Chance alone seldom meets the few milliseconds in which a view or a holder
/// changes; and never two of them, so one ambush may follow another.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="random">Gives the chance.</param>
/// <param name="strike">Strikes a node.</param>
internal sealed class Ambush(SimulatedCluster cluster, SeededRandom random, Action<SimulatedNode, FaultKind> strike)
{
    private const double OftenPlotted = 0.35;
    private const double OftenImprovised = 0.15;
    private const double OftenAtOnce = 0.4;
    private const double OftenFollowed = 0.3;
    private const double OftenLong = 0.2;

    /// <summary>When who hears nobody may think that something is decided.</summary>
    private static readonly TimeSpan DecidedAfter = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan DelayAtMost = TimeSpan.FromMilliseconds(50);

    private static readonly FaultKind[] Strikes =
    [
        FaultKind.Kill, FaultKind.Kill, FaultKind.Pause, FaultKind.Pause, FaultKind.LoseHost, FaultKind.Reset,
        FaultKind.Partition, FaultKind.Clog, FaultKind.Clog, FaultKind.CutBothWays, FaultKind.Pair, FaultKind.Sever,
        FaultKind.Confide, FaultKind.Few, FaultKind.Freeze, FaultKind.Lose,
    ];

    private static readonly IReadOnlyList<Occasion>[] Scenes = [Occasion.OfViews, Occasion.OfSessions, Occasion.All];

    private static readonly Speaker[] Speakers = [Speaker.Same, Speaker.Hearer, Speaker.Anybody, Speaker.Anybody];

    /// <summary>Waits for the next message of a kind, or for all those of a plot, one after the other.</summary>
    public void Lie()
    {
        if (random.Chance(OftenPlotted))
        {
            Lie(random.Pick(Plot.All).Acts, next: 0, by: null);
        }
        else if (random.Chance(OftenImprovised))
        {
            Lie(Improvised(), next: 0, by: null);
        }
        else
        {
            Lie([Chosen(Occasion.All)], next: 0, by: null);
        }
    }

    /// <summary>Loses the next message of a kind, and nothing else, so that it has to be said again.</summary>
    public void LoseOne() =>
        Await(
            new Act(random.Pick(Occasion.All), FaultKind.Reset, random.Chance(0.5)), Delay(), by: null,
            static (_, _) => { });

    private void Lie(IReadOnlyList<Act> acts, int next, SimulatedNode? by)
    {
        TimeSpan delay = random.Chance(OftenAtOnce) ? TimeSpan.Zero : Delay();
        Await(acts[next], delay, by, (sender, receiver) => cluster.Queue.After(TimeSpan.Zero, () =>
        {
            // Unless another ambush has been laid.
            if (cluster.Overheard is not null)
            {
                return;
            }

            if (next + 1 < acts.Count)
            {
                Lie(acts, next + 1, acts[next + 1].By switch
                {
                    Speaker.Same => sender,
                    Speaker.Hearer => receiver,
                    _ => null,
                });
            }
            else if (random.Chance(OftenFollowed))
            {
                // What goes wrong now is mended soon, and that has moments of its own.
                bool isOfViews = Occasion.OfViews.Contains(acts[next].Occasion);
                Lie([Chosen(isOfViews ? Occasion.OfViews : Occasion.OfSessions)], next: 0, by: null);
            }
        }));
    }

    /// <summary>A plot that nobody thought of: a few strikes, one soon after the other.</summary>
    private List<Act> Improvised()
    {
        IReadOnlyList<Occasion> occasions = random.Pick(Scenes);
        return
        [
            .. Enumerable.Range(0, random.Between(2, 5)).Select(_ => Chosen(occasions) with { By = random.Pick(Speakers) }),
        ];
    }

    private Act Chosen(IReadOnlyList<Occasion> occasions) =>
        new(random.Pick(occasions), random.Pick(Strikes), random.Chance(0.5));

    private TimeSpan Delay() => random.Spread(TimeSpan.FromMilliseconds(0.01), DelayAtMost);

    /// <summary>Strikes at the next such message.</summary>
    /// <param name="act">What happens, and when.</param>
    /// <param name="delay">How long after the message has left.</param>
    /// <param name="by">Whose message it must be; anybody's where that is not given.</param>
    /// <param name="struck">Called with who has said it, and to whom.</param>
    private void Await(Act act, TimeSpan delay, SimulatedNode? by, Action<SimulatedNode, SimulatedNode> struck) =>
        cluster.Overheard = (sender, envelope) =>
        {
            if ((by is null || sender.Node == by) && act.Occasion.Is(envelope.Message))
            {
                cluster.Overheard = null;
                SimulatedNode receiver = cluster.Nodes[cluster.HostOf(envelope.To.Node)];
                SimulatedNode victim = act.StrikesSender ? sender.Node : receiver;
                cluster.Trace.Said("network", $"{act.Kind} of {victim} awaits {envelope.Message.GetType().Name}");
                Strike(sender, receiver, victim, act.Kind, delay);
                struck(sender.Node, receiver);
            }
        };

    private void Strike(
        SimulatedProcess sender, SimulatedNode receiver, SimulatedNode victim, FaultKind kind, TimeSpan delay)
    {
        switch (kind)
        {
            case FaultKind.Reset:
                LoseWhatIsUnderWay(sender, receiver, victim == sender.Node ? delay : TimeSpan.Zero);
                break;
            case FaultKind.Clog:
                SlowDown(sender.Node, receiver);
                break;
            case FaultKind.CutBothWays:
                Separate(sender, receiver, delay);
                break;
            case FaultKind.Pair:
                LeaveAlone([sender.Node, receiver], delay);
                break;
            case FaultKind.Few:
                LeaveAlone(SomeWith(sender.Node), delay);
                break;
            case FaultKind.Sever:
                // All have it but one, and nobody is left who would say it again.
                LoseWhatIsUnderWay(sender, receiver, TimeSpan.Zero);
                cluster.Queue.After(delay, () => strike(sender.Node, FaultKind.Kill));
                break;
            case FaultKind.Confide:
                // One has it and nobody else.
                LeaveAlone([sender.Node, receiver], TimeSpan.Zero);
                cluster.Queue.After(delay + Delay(), () => strike(sender.Node, FaultKind.Kill));
                break;
            case FaultKind.Freeze:
                Freeze(sender);
                break;
            case FaultKind.Lose:
                cluster.Queue.After(delay, () => LoseConnection(sender, receiver, ofSender: victim == sender.Node));
                break;
            case FaultKind.None:
                break;
            default:
                cluster.Queue.After(delay, () => strike(victim, kind));
                break;
        }
    }

    /// <summary>
    /// Resets the connection, mostly before the message has come, so that it has to be said again; else it is said
    /// twice.
    /// </summary>
    private void LoseWhatIsUnderWay(SimulatedProcess sender, SimulatedNode receiver, TimeSpan delay) =>
        cluster.Queue.After(delay, () =>
        {
            if (sender.IsAlive && receiver.Process is { } process)
            {
                cluster.Network.Reset(sender, process);
            }
        });

    /// <summary>
    /// Resets the connection, and lets no other stand for a while: both see that the other is not there.
    /// </summary>
    private void Separate(SimulatedProcess sender, SimulatedNode receiver, TimeSpan delay)
    {
        TimeSpan lasts = random.Spread(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1.5));
        LoseWhatIsUnderWay(sender, receiver, delay);
        cluster.Queue.After(delay, () =>
        {
            LinkCondition there = cluster.Network.Condition(sender.Host, receiver.Host);
            LinkCondition back = cluster.Network.Condition(receiver.Host, sender.Host);
            if (there.IsCut || back.IsCut)
            {
                return;
            }

            (there.IsCut, back.IsCut) = (true, true);
            cluster.Queue.After(lasts, () =>
            {
                cluster.Network.Mend(sender.Host, receiver.Host);
                cluster.Network.Mend(receiver.Host, sender.Host);
            });
        });
    }

    /// <summary>
    /// A process is stopped between its step and the write of what that has said: all of it leaves when it goes on, with
    /// what it was said upon long over.
    /// </summary>
    private void Freeze(SimulatedProcess sender)
    {
        TimeSpan lasts = random.Chance(OftenLong)
            ? random.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(6))
            : random.Spread(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(2));
        LinkCondition[] ways =
            [.. cluster.Nodes.Select(node => cluster.Network.Condition(sender.Host, node.Host))];
        TimeSpan[] before = [.. ways.Select(static way => way.Clog)];
        foreach (LinkCondition way in ways)
        {
            way.Clog += lasts;
        }

        cluster.Queue.After(TimeSpan.Zero, () =>
        {
            for (int index = 0; index < ways.Length; index++)
            {
                ways[index].Clog = before[index];
            }

            if (sender.IsAlive)
            {
                cluster.Pause(sender.Node);
                cluster.Queue.After(lasts, () => cluster.Resume(sender.Node));
            }
        });
    }

    /// <summary>One end loses the connection with all that is under way, and dials again; nobody tells the other.</summary>
    private static void LoseConnection(SimulatedProcess sender, SimulatedNode receiver, bool ofSender)
    {
        if (sender.IsAlive && receiver.Process is { } process)
        {
            SimulatedNetwork.Lose(ofSender ? sender : process, ofSender ? process : sender);
        }
    }

    /// <summary>One, and whoever chance adds to it.</summary>
    private List<SimulatedNode> SomeWith(SimulatedNode one) =>
        [.. cluster.Nodes.Where(node => node == one || random.Chance(0.5))];

    /// <summary>
    /// Some are cut off from all others for a while, with what they say to each other: few know of it.
    /// </summary>
    private void LeaveAlone(IReadOnlyList<SimulatedNode> some, TimeSpan delay)
    {
        TimeSpan lasts = random.Chance(OftenLong) ? random.Between(DecidedAfter, DecidedAfter * 2)
            : random.Spread(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(4));
        cluster.Queue.After(delay, () =>
        {
            cluster.Trace.Said("network", $"{string.Join(", ", some)} are cut off");
            cluster.Network.Partition(host => some.Any(node => node.Host == host) ? 1 : 0);
            cluster.Queue.After(lasts, () => cluster.Network.Partition(static _ => 0));
        });
    }

    /// <summary>
    /// What is said on this way, or on the way back, from this message on comes late, while all others are as quick as
    /// before: so one may lag behind by a view.
    /// </summary>
    private void SlowDown(SimulatedNode sender, SimulatedNode receiver)
    {
        bool isBack = random.Chance(0.3);
        LinkCondition way = isBack
            ? cluster.Network.Condition(receiver.Host, sender.Host)
            : cluster.Network.Condition(sender.Host, receiver.Host);
        TimeSpan clog = random.Chance(OftenLong)
            ? random.Between(TimeSpan.FromSeconds(0.7), TimeSpan.FromSeconds(2.5))
            : random.Spread(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1.5));
        way.Clog = clog;
        cluster.Queue.After(clog + random.Spread(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(3)), () =>
        {
            way.Clog = way.Clog == clog ? TimeSpan.Zero : way.Clog;
        });
    }
}
