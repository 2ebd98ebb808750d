namespace SessionCluster.Simulation;

/// <summary>
/// One direction of a connection: first in, first out, and nothing is lost while the connection lives.
/// </summary>
internal sealed class Channel
{
    private readonly SimulatedNetwork _network;
    private readonly Connection _connection;
    private readonly Queue<Parcel> _parcels = new();
    private readonly Action _deliver;
    private readonly LinkCondition _condition;
    private TimeSpan _latestDue;
    private bool _isScheduled;
    private int _stalls;

    public Channel(SimulatedNetwork network, Connection connection, SimulatedProcess sender, SimulatedProcess receiver)
    {
        _network = network;
        _connection = connection;
        Sender = sender;
        Receiver = receiver;
        _condition = network.Condition(sender.Host, receiver.Host);
        _deliver = Deliver;
    }

    public SimulatedProcess Sender { get; }

    public SimulatedProcess Receiver { get; }

    public bool IsEmpty => _parcels.Count == 0;

    public bool IsStalled { get; private set; }

    /// <summary>
    /// Whether something should have come by now: the way was cut, and TCP has not noticed yet that it is not.
    /// </summary>
    public bool IsLate => _parcels.Count > 0 && _parcels.Peek().Due < _network.Queue.Now;

    /// <summary>Sends a message.</summary>
    public void Put(ReadOnlySpan<byte> message)
    {
        byte[] bytes = _network.Buffers.Lend(message.Length);
        message.CopyTo(bytes);
        Put(ParcelKind.Message, bytes, message.Length);
    }

    /// <summary>Sends what was a message.</summary>
    public void PutDamaged(byte[] bytes) => Put(ParcelKind.Damaged, bytes, bytes.Length);

    /// <summary>Sends what is no message.</summary>
    public void Put(ParcelKind kind) => Put(kind, [], 0);

    /// <summary>The way is free again: TCP notices when it next sends again what was not acknowledged.</summary>
    public void Resume()
    {
        if (!IsStalled)
        {
            return;
        }

        IsStalled = false;
        TimeSpan notice = _network.Random.Spread(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2));
        _isScheduled = true;
        _network.Queue.After(notice, _deliver);
    }

    /// <summary>
    /// The sender is gone: some of what it had sent, from the end backwards, never left its host. Where the receiver
    /// reads a connection to its end, the rest may come long after what the next connection brings.
    /// </summary>
    public void LoseTail()
    {
        if (_network.Profile.HasStragglers)
        {
            Delay(_network.Random.Spread(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1)));
        }

        int kept = _network.Random.Chance(0.5) ? _network.Random.Between(0, _parcels.Count) : 0;
        LoseAfter(_network.Random.Chance(0.3) ? _parcels.Count : kept);
    }

    public void LoseEverything() => LoseAfter(0);

    private void Put(ParcelKind kind, byte[] buffer, int length)
    {
        TimeSpan due = _network.Queue.Now + _condition.Delay(_network.Random);
        _latestDue = due > _latestDue ? due : _latestDue;
        _parcels.Enqueue(new Parcel(_latestDue, kind, buffer, length));
        Schedule();
    }

    private void Delay(TimeSpan time)
    {
        for (int count = _parcels.Count; count > 0; count--)
        {
            Parcel parcel = _parcels.Dequeue();
            _parcels.Enqueue(parcel with { Due = parcel.Due + time });
        }

        _latestDue += time;
    }

    private void LoseAfter(int kept)
    {
        Parcel[] parcels = [.. _parcels];
        _parcels.Clear();
        for (int index = 0; index < parcels.Length; index++)
        {
            // The first packet opens the connection at the other side; without it there is nothing to close.
            if (index < kept || parcels[index].Kind == ParcelKind.Open)
            {
                _parcels.Enqueue(parcels[index]);
            }
        }
    }

    private void Schedule()
    {
        if (!_isScheduled && !IsStalled && _parcels.Count > 0)
        {
            _isScheduled = true;
            _network.Queue.At(_parcels.Peek().Due, _deliver);
        }
    }

    private void Deliver()
    {
        _isScheduled = false;
        while (_parcels.Count > 0 && _parcels.Peek().Due <= _network.Queue.Now)
        {
            if (!_network.IsReachable(Sender.Host, Receiver.Host))
            {
                Stall();
                return;
            }

            Parcel parcel = _parcels.Dequeue();
            _network.Arrive(_connection, this, parcel);
            if (parcel.Kind == ParcelKind.Message)
            {
                _network.Buffers.TakeBack(parcel.Buffer);
            }
        }

        Schedule();
    }

    private void Stall()
    {
        IsStalled = true;
        int stall = ++_stalls;
        _network.BreakAfterSilence(_connection, Sender, () => IsStalled && stall == _stalls);
        _network.BreakAfterSilence(_connection, Receiver, () => IsStalled && stall == _stalls);
    }
}

/// <summary>What a connection carries.</summary>
internal enum ParcelKind
{
    /// <summary>The connection stands, as the acceptor learns.</summary>
    Open,

    /// <summary>A message.</summary>
    Message,

    /// <summary>Something that was a message, and cannot be read any more.</summary>
    Damaged,

    /// <summary>The other side has closed the connection, or its process has died.</summary>
    Close,
}

/// <summary>One thing under way.</summary>
/// <param name="Due">When it arrives, unless the way is cut.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Buffer">Begins with the message, damaged or not; good until that has arrived.</param>
/// <param name="Length">How many bytes the message has.</param>
internal readonly record struct Parcel(TimeSpan Due, ParcelKind Kind, byte[] Buffer, int Length)
{
    public ReadOnlySpan<byte> Message => Buffer.AsSpan(0, Length);
}
