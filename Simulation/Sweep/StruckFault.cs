namespace SessionCluster.Simulation;

/// <summary>A fault that has a place: it strikes, and its harm can be undone before the story is over.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="fault">What goes wrong.</param>
/// <param name="sender">Who has sent the message at which it does.</param>
/// <param name="receiver">To whom.</param>
internal sealed class StruckFault(
    SimulatedCluster cluster, SingleFault fault, SimulatedNode sender, SimulatedNode receiver)
{
    private static readonly TimeSpan LongerThanSilence = TimeSpan.FromSeconds(1.7);
    private static readonly TimeSpan ShorterThanSilence = TimeSpan.FromSeconds(0.6);
    private static readonly TimeSpan StartsWithin = TimeSpan.FromMilliseconds(30);

    /// <summary>With the policy Available a side has just begun to serve on its own.</summary>
    private static readonly TimeSpan Missed = TimeSpan.FromSeconds(2.3);

    /// <summary>Twice the patience with a holder, and less than silence.</summary>
    private static readonly TimeSpan Clogged = TimeSpan.FromSeconds(0.6);

    private readonly List<(int From, int To)> _cut = [];
    private SimulatedNode? _stopped;

    /// <summary>Whether a process dies of it.</summary>
    public static bool IsDeath(SingleFault fault) => fault <= SingleFault.LoseReceiver
        || fault is SingleFault.RestartSender or SingleFault.RestartReceiver;

    /// <summary>Who can hear nobody as long as it lasts, though its process runs.</summary>
    public SimulatedNode? Isolated => fault switch
    {
        SingleFault.IsolateSender => sender,
        SingleFault.IsolateReceiver => receiver,
        _ => null,
    };

    /// <summary>Who hears too few to take part as long as it lasts, though its process runs.</summary>
    public SimulatedNode? CutOff => fault switch
    {
        SingleFault.LeaveReceiverBetween => sender,
        SingleFault.LeaveSenderBetween => receiver,
        _ => Isolated,
    };

    /// <summary>Lets it strike, for the first time or again.</summary>
    public void Strike()
    {
        switch (fault)
        {
            case SingleFault.KillSender: cluster.Kill(sender); break;
            case SingleFault.KillReceiver: cluster.Kill(receiver); break;
            case SingleFault.LoseSender: cluster.Kill(sender, losesHost: true); break;
            case SingleFault.LoseReceiver: cluster.Kill(receiver, losesHost: true); break;
            case SingleFault.StopSender: Stop(sender); break;
            case SingleFault.StopReceiver: Stop(receiver); break;
            case SingleFault.RestartSender: Restart(sender); break;
            case SingleFault.RestartReceiver: Restart(receiver); break;
            case SingleFault.PauseSender: Stop(sender, LongerThanSilence); break;
            case SingleFault.PauseReceiver: Stop(receiver, LongerThanSilence); break;
            case SingleFault.DelaySender: Stop(sender, ShorterThanSilence); break;
            case SingleFault.DelayReceiver: Stop(receiver, ShorterThanSilence); break;
            default: StrikeNetwork(); break;
        }
    }

    /// <summary>Undoes it, and nothing that another fault has done before.</summary>
    public void Heal()
    {
        foreach ((int from, int to) in _cut)
        {
            cluster.Network.Mend(from, to);
        }

        _cut.Clear();
        if (fault == SingleFault.ClogWay)
        {
            cluster.Network.Condition(sender.Host, receiver.Host).Clog = TimeSpan.Zero;
        }

        if (_stopped is { } stopped)
        {
            cluster.Resume(stopped);
            _stopped = null;
        }

        if (IsDeath(fault))
        {
            StartAgain(sender);
            StartAgain(receiver);
        }
    }

    private void StrikeNetwork()
    {
        switch (fault)
        {
            case SingleFault.CutWay: Cut(sender.Host, receiver.Host); break;
            case SingleFault.CutWayBack: Cut(receiver.Host, sender.Host); break;
            case SingleFault.CutBothWays:
                Cut(sender.Host, receiver.Host);
                Cut(receiver.Host, sender.Host);
                break;
            case SingleFault.ClogWay: cluster.Network.Condition(sender.Host, receiver.Host).Clog = Clogged; break;
            case SingleFault.IsolateSender: Isolate(sender); break;
            case SingleFault.IsolateReceiver: Isolate(receiver); break;
            case SingleFault.LeaveSenderBetween: Isolate(receiver, but: sender); break;
            case SingleFault.LeaveReceiverBetween: Isolate(sender, but: receiver); break;
            case SingleFault.MissSender: Miss(sender); break;
            case SingleFault.MissReceiver: Miss(receiver); break;
            case SingleFault.Reset when sender.Process is { } one && receiver.Process is { } other:
                cluster.Network.Reset(one, other);
                break;
        }
    }

    private void Restart(SimulatedNode node)
    {
        cluster.Kill(node);
        cluster.Queue.After(StartsWithin, () => StartAgain(node));
    }

    private void StartAgain(SimulatedNode node)
    {
        if (!node.IsUp)
        {
            cluster.Start(node);
        }
    }

    private void Stop(SimulatedNode node, TimeSpan duration)
    {
        Stop(node);
        cluster.Queue.After(duration, Heal);
    }

    private void Stop(SimulatedNode node)
    {
        if (node.IsRunning)
        {
            cluster.Pause(node);
            _stopped = node;
        }
    }

    private void Miss(SimulatedNode node)
    {
        Isolate(node);
        cluster.Queue.After(Missed, Heal);
    }

    private void Isolate(SimulatedNode node, SimulatedNode? but = null)
    {
        for (int other = 0; other < cluster.Network.Hosts; other++)
        {
            if (other != node.Host && other != but?.Host)
            {
                Cut(node.Host, other);
                Cut(other, node.Host);
            }
        }
    }

    private void Cut(int from, int to)
    {
        if (!cluster.Network.Condition(from, to).IsCut)
        {
            cluster.Network.Cut(from, to);
            _cut.Add((from, to));
        }
    }
}
