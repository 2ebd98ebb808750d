namespace SessionCluster.Simulation;

/// <summary>
/// The connections between the hosts. They behave as our transport over TCP does: order is kept, a cut way
/// only delays, a broken connection loses what was under way, and a dead process is noticed at once where its host can
/// be reached, and not at all where it cannot.
/// </summary>
internal sealed class SimulatedNetwork
{
    private readonly Ways _ways;
    private readonly List<Connection> _connections = [];

    public SimulatedNetwork(EventQueue queue, int hosts, NetworkProfile profile, SeededRandom random)
    {
        Queue = queue;
        Profile = profile;
        Random = random;
        Hosts = hosts;
        _ways = new Ways(hosts, profile);
    }

    public EventQueue Queue { get; }

    public NetworkProfile Profile { get; }

    public SeededRandom Random { get; }

    public int Hosts { get; }

    /// <summary>Holds what is under way.</summary>
    public ParcelBuffers Buffers { get; } = new();

    /// <summary>Makes bytes of what is sent, and messages that may be kept.</summary>
    public MessagePassage Passage { get; } = new();

    /// <summary>
    /// Where receivers read, one after the other: the message of a commit is gone when the next one is read.
    /// </summary>
    public MessagePassage Reading { get; } = new(recycles: true);

    /// <summary>Sees each message that leaves a process for a connection; the checkers learn from it.</summary>
    public Action<SimulatedProcess, Envelope>? MessageSent { get; set; }

    /// <summary>For scenarios: what the receiver will not take, though its connection stands.</summary>
    public Func<Message, bool>? Ignored { get; set; }

    /// <summary>Lets messages come twice; nothing where none do.</summary>
    public Echoes? Echoes { get; init; }

    /// <summary>Damages frames, and forges some; nothing where nobody does.</summary>
    public Forger? Forger { get; set; }

    /// <summary>Lets the names of nodes be the objects that the machines know them by.</summary>
    public void Keep(IReadOnlyList<NodeId> names)
    {
        Passage.Keep(names);
        Reading.Keep(names);
    }

    public LinkCondition Condition(int from, int to) => _ways.Condition(from, to);

    public bool IsReachable(int from, int to) => _ways.IsFree(from, to);

    public bool IsHostLost(int host) => _ways.IsLost(host);

    /// <summary>Whether anybody still feels a cut that is over: it may yet be called silent for that.</summary>
    public bool IsLate => _connections.Exists(static connection => connection.IsLate);

    public void Send(SimulatedProcess sender, Envelope envelope)
    {
        int host = sender.HostOf(envelope.To.Node);
        if (sender.Links[host] is not { } connection || connection.PeerOf(sender).Member != envelope.To)
        {
            return;
        }

        MessageSent?.Invoke(sender, envelope);
        if (Ignored?.Invoke(envelope.Message) == true)
        {
            return;
        }

        ReadOnlySpan<byte> message = Passage.Write(envelope.Message);
        if (Forger?.Damage(sender, message) is { } damaged)
        {
            connection.From(sender).PutDamaged(damaged);
            return;
        }

        connection.From(sender).Put(message);
    }

    public void Open(SimulatedProcess dialer, SimulatedProcess acceptor)
    {
        var connection = new Connection(this, dialer, acceptor);
        _connections.Add(connection);
        dialer.Links[acceptor.Host] = connection;
        connection.ToAcceptor.Put(ParcelKind.Open);
        dialer.Take(new LinkUp(acceptor.Member, acceptor.Role, acceptor.Times));
    }

    /// <summary>One side gives the connection up; the other side hears of it when the news gets through.</summary>
    public static void Close(Connection connection, SimulatedProcess side)
    {
        SimulatedProcess peer = connection.PeerOf(side);
        if (side.Links[peer.Host] != connection)
        {
            return;
        }

        connection.To(side).LoseEverything();
        connection.From(side).LoseTail();
        connection.From(side).Put(ParcelKind.Close);
        Forget(connection, side);
    }

    /// <summary>One side gives the connection up, unless something is heard before its patience ends.</summary>
    public void BreakAfterSilence(Connection connection, SimulatedProcess side, Func<bool> isSilent)
    {
        if (Profile.BreaksAfter is not { } patience)
        {
            return;
        }

        Queue.After(patience * (0.7 + (0.6 * Random.Fraction())), () =>
        {
            if (isSilent())
            {
                Close(connection, side);
            }
        });
    }

    /// <summary>A process was stopped: its peers hear nothing of it.</summary>
    public void Paused(SimulatedProcess process)
    {
        int pause = process.Pauses;
        foreach (Connection? connection in process.Links)
        {
            if (connection is not null)
            {
                BreakAfterSilence(
                    connection, connection.PeerOf(process), () => process.IsPaused && process.Pauses == pause);
            }
        }
    }

    /// <summary>The network resets the connection between two hosts, and harms nothing else.</summary>
    public void Reset(SimulatedProcess one, SimulatedProcess other)
    {
        if (one.Links[other.Host] is { } connection)
        {
            Close(connection, Random.Chance(0.5) ? connection.Dialer : connection.Acceptor);
        }
    }

    /// <summary>
    /// One side loses the connection, and the other does not hear of it, as something on the way has dropped both: it
    /// speaks into nothing until the next one stands.
    /// </summary>
    public static void Lose(SimulatedProcess side, SimulatedProcess other)
    {
        if (side.Links[other.Host] is { } connection)
        {
            connection.To(side).LoseEverything();
            connection.From(side).LoseEverything();
            Forget(connection, side);
        }
    }

    /// <summary>A process has died. Its host, if it is there, closes the connections.</summary>
    public void Detach(SimulatedProcess dead, bool hostIsLost)
    {
        _ways.SetLost(dead.Host, hostIsLost);
        foreach (Connection? connection in dead.Links)
        {
            if (connection is null)
            {
                continue;
            }

            connection.To(dead).LoseEverything();
            connection.From(dead).LoseTail();
            connection.From(dead).Put(ParcelKind.Close);
        }

        Array.Clear(dead.Links);
    }

    public void FindHost(int host)
    {
        _ways.SetLost(host, false);
        ResumeChannels();
    }

    public void Cut(int from, int to) => _ways.Condition(from, to).IsCut = true;

    public void Mend(int from, int to)
    {
        _ways.Condition(from, to).IsCut = false;
        ResumeChannels();
    }

    /// <summary>Cuts every way between hosts of different groups, and no other.</summary>
    public void Partition(Func<int, int> groupOf)
    {
        _ways.Partition(groupOf);
        ResumeChannels();
    }

    /// <summary>Every way is free and quick again. Lost hosts stay lost.</summary>
    public void Heal()
    {
        _ways.Heal();
        ResumeChannels();
    }

    public void Arrive(Connection connection, Channel channel, Parcel parcel)
    {
        SimulatedProcess receiver = channel.Receiver;
        SimulatedProcess sender = channel.Sender;
        bool isCurrent = receiver.Links[sender.Host] == connection;
        switch (parcel.Kind)
        {
            case ParcelKind.Open:
                Accept(connection);
                break;
            case ParcelKind.Message when isCurrent || Profile.HasStragglers:
                Echoes?.Keep(sender, receiver, parcel.Message);
                receiver.Hear(sender.Member, parcel.Message);
                break;
            case ParcelKind.Damaged when isCurrent:
                Forger!.Read(connection, receiver, parcel.Message);
                break;
            case ParcelKind.Close when isCurrent:
                connection.From(receiver).LoseEverything();
                Forget(connection, receiver);
                break;
        }
    }

    private void Accept(Connection connection)
    {
        connection.IsOpening = false;
        SimulatedProcess acceptor = connection.Acceptor;
        SimulatedProcess dialer = connection.Dialer;
        if (!acceptor.IsAlive)
        {
            connection.ToDialer.Put(ParcelKind.Close);
            return;
        }

        if (acceptor.Links[dialer.Host] is { } former)
        {
            // The dialer has given the former connection up, or is a new process, or the two have crossed.
            if (!Profile.HasStragglers)
            {
                former.To(acceptor).LoseEverything();
            }

            // Where they crossed, the other end takes the former one for its connection, or is about to.
            former.From(acceptor).Put(ParcelKind.Close);
            acceptor.Links[dialer.Host] = null;
            acceptor.Take(new LinkDown(former.PeerOf(acceptor).Member));
        }

        acceptor.Links[dialer.Host] = connection;
        acceptor.Take(new LinkUp(dialer.Member, dialer.Role, dialer.Times));
        Echoes?.Stands(connection);
    }

    private static void Forget(Connection connection, SimulatedProcess side)
    {
        SimulatedProcess peer = connection.PeerOf(side);
        side.Links[peer.Host] = null;
        side.Take(new LinkDown(peer.Member));
        side.Dialing.Soon(peer.Host);
    }

    private void ResumeChannels()
    {
        _connections.RemoveAll(static connection => connection.IsOver);
        foreach (Connection connection in _connections)
        {
            ResumeWhereFree(connection.ToAcceptor);
            ResumeWhereFree(connection.ToDialer);
        }
    }

    private void ResumeWhereFree(Channel channel)
    {
        if (IsReachable(channel.Sender.Host, channel.Receiver.Host))
        {
            channel.Resume();
        }
    }
}
