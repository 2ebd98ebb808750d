namespace SessionCluster.Simulation;

/// <summary>
/// I12: frames that are damaged on their way or made by a program that is wrong, and messages of a process to which there
/// is no connection: one that has died since, one that never was, or a stranger. The first close their connection and no
/// other, the others change nothing. Nobody can say a word in another's name on a connection that stands: that is for the
/// transport, which knows who is at its other end.
/// </summary>
internal sealed class Forger
{
    private const double OftenKept = 0.01;
    private const int KeptAtMost = 64;
    private const long NeverStarted = 1_000_000;

    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    private readonly SimulatedCluster _cluster;
    private readonly SeededRandom _random;
    private readonly TimeSpan _until;
    private readonly List<(Member From, byte[] Message)> _kept = [];
    private readonly WireCache _cache = new();
    private bool _damagesNext;

    /// <summary>Begins to damage and to forge.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="random">Gives the chance; a source of its own.</param>
    /// <param name="until">When it ends.</param>
    public Forger(SimulatedCluster cluster, SeededRandom random, TimeSpan until)
    {
        _cluster = cluster;
        _random = random;
        _until = until;
        PlanNext();
    }

    /// <summary>How many frames were damaged, and messages forged.</summary>
    public int Forged { get; private set; }

    /// <summary>What a message looks like when it comes damaged; nothing where it comes as it is.</summary>
    public byte[]? Damage(SimulatedProcess sender, ReadOnlySpan<byte> message)
    {
        if (_random.Chance(OftenKept))
        {
            Keep(sender.Member, message.ToArray());
        }

        if (!_damagesNext)
        {
            return null;
        }

        _damagesNext = false;
        Forged++;
        byte[] damaged = Damaged(message.ToArray());
        _cluster.Trace.Said("network", $"damages what {sender.Member} says: {Convert.ToHexString(damaged)}");
        return damaged;
    }

    /// <summary>What is no message ends its connection, as in the shell, and nothing else.</summary>
    public void Read(Connection connection, SimulatedProcess receiver, ReadOnlySpan<byte> bytes)
    {
        Footprint before = Footprint.Of(receiver);
        Connection?[] links = [.. receiver.Links];
        bool isNothingDue = receiver.Machine.NextDeadline > receiver.Now;
        if (_cluster.Network.Reading.TryRead(bytes) == WireError.None)
        {
            throw new SimulationFailedException(
                $"{receiver.Member} takes a damaged frame for a message: {Convert.ToHexString(bytes)}");
        }

        SimulatedNetwork.Close(connection, receiver);
        links[connection.PeerOf(receiver).Host] = null;
        if ((isNothingDue && Footprint.Of(receiver) != before) || !receiver.Links.AsSpan().SequenceEqual(links))
        {
            throw new SimulationFailedException($"a damaged frame harms {receiver.Member}, beside its connection");
        }
    }

    private void PlanNext() => _cluster.Queue.After(_random.Spread(Soon, Late), () =>
    {
        if (_cluster.Queue.Now < _until)
        {
            if (_random.Chance(0.5))
            {
                _damagesNext = true;
            }
            else if (_kept.Count > 0 && _cluster.Processes.Count > 0)
            {
                Forge(_random.Pick(_kept), _random.Pick(_cluster.Processes));
            }

            PlanNext();
        }
    });

    private void Keep(Member from, byte[] message)
    {
        if (_kept.Count < KeptAtMost)
        {
            _kept.Add((from, message));
        }
        else
        {
            _kept[_random.Below(KeptAtMost)] = (from, message);
        }
    }

    /// <summary>
    /// Cut off, drawn out, or with some bits turned. Where that happens to be another message, only the seal of the
    /// transport can tell; so it is cut off then.
    /// </summary>
    private byte[] Damaged(byte[] message)
    {
        byte[] turned = [.. message];
        switch (_random.Below(3))
        {
            case 0:
                return message[.._random.Below(message.Length)];
            case 1:
                return [.. message, (byte)_random.Below(256)];
            default:
                for (int turns = _random.Between(1, 4); turns > 0; turns--)
                {
                    turned[_random.Below(turned.Length)] ^= (byte)(1 << _random.Below(8));
                }

                bool isAnother = MessageCodec.ReadExactly(turned, _cache, out _) == WireError.None;
                return isAnother ? message[.._random.Below(message.Length)] : turned;
        }
    }

    /// <summary>Somebody hears what a process is made to say to which it has no connection.</summary>
    private void Forge((Member From, byte[] Message) kept, SimulatedProcess receiver)
    {
        Member from = receiver.Machine.Inspection.IsLinked(kept.From) || _random.Chance(0.3)
            ? _random.Chance(0.5)
                ? new Member(kept.From.Node, kept.From.Incarnation + NeverStarted)
                : new Member(new NodeId("stranger"), kept.From.Incarnation)
            : kept.From;

        // A step does what is due beside what it hears: only where nothing is does it show what the message has done.
        if (!receiver.IsPaused && receiver.Machine.NextDeadline > receiver.Now)
        {
            Forged++;
            receiver.HearForged(from, _cluster.Network.Passage.Read(kept.Message));
        }
    }
}
