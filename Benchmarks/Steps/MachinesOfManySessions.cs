using System.Buffers.Binary;
using System.Diagnostics;
using SessionCluster.Replication;

namespace SessionCluster.Benchmarks.Steps;

/// <summary>
/// Four machines and a voter without a network, with very many sessions: how long does the longest step of each kind
/// take? While a step runs no request is answered. The time of the machines is virtual, that of the steps is not.
/// </summary>
internal sealed class MachinesOfManySessions
{
    private const int Nodes = 4;
    private const string Key = "v";
    private const int ValueBytes = 1024;
    private const int CreatedAtOnce = 400;
    private static readonly TimeSpan Passage = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);
    private static readonly DeadlineReached Deadline = new();

    private readonly ReplicationNode?[] _machines = new ReplicationNode?[Nodes + 1];
    private readonly Member[] _members;
    private readonly Outbox _outbox = new();
    private readonly SortedDictionary<string, StepTimes> _times = new(StringComparer.Ordinal);
    private readonly StepsOptions _options;
    private readonly CancellationToken _cancellationToken;
    private Queue<(int From, Envelope Envelope)> _underWay = new();
    private Instant _now = Instant.Zero;
    private long _requests;

    /// <summary>Starts the machines, and waits until all serve.</summary>
    /// <param name="options">How many sessions there will be in all, and how long one waits for them.</param>
    /// <param name="cancellationToken">Ends this and whatever is done to them later, and throws.</param>
    public MachinesOfManySessions(StepsOptions options, CancellationToken cancellationToken)
    {
        _options = options;
        _cancellationToken = cancellationToken;
        ConfiguredPeer[] universe =
        [
            .. Enumerable.Range(1, Nodes)
                .Select(static number => new ConfiguredPeer(new NodeId($"node{number}"), MemberRole.Node)),
            new ConfiguredPeer(new NodeId("voter"), MemberRole.Voter),
        ];
        _members = [.. universe.Select(static peer => new Member(peer.Node, 1))];
        for (int index = 0; index < _members.Length; index++)
        {
            var settings = new ReplicationSettings
            {
                Self = _members[index], Role = universe[index].Role, Universe = universe,
            };
            _machines[index] = new ReplicationNode(settings, _now);
        }

        ConnectAll(universe);
        RunUntil(StartPatience, () => Living.All(machine =>
            machine.View.Members.Count == _members.Length && machine.HasPermission(_now)));
    }

    /// <summary>The longest step of each kind since the last <see cref="Forget"/>, and how many there were.</summary>
    public IReadOnlyDictionary<string, StepTimes> Times => _times;

    private IEnumerable<ReplicationNode> Living => _machines.OfType<ReplicationNode>();

    /// <summary>Creates all sessions, on one node after the other, and lets them rest.</summary>
    public void CreateSessions()
    {
        for (int number = 0; number < _options.Sessions; number++)
        {
            Step(number % Nodes, new CommitSession(
                ++_requests, NameOf(number), SessionDelta.Setting(Key, new byte[ValueBytes]), Creates: true));
            if (number % CreatedAtOnce == 0)
            {
                Round();
            }
        }

        RunUntil(_options.Patience, IsEverySessionProtected);
    }

    public void Forget() => _times.Clear();

    /// <summary>Lets time go by.</summary>
    public void Run(TimeSpan duration)
    {
        for (Instant end = _now + duration; _now < end;)
        {
            Round();
        }
    }

    /// <summary>Ends the last node's process; done when every session is on two others again.</summary>
    public void KillOne()
    {
        const int Last = Nodes - 1;
        _machines[Last] = null;
        for (int index = 0; index < _machines.Length; index++)
        {
            if (index != Last)
            {
                Step(index, new LinkDown(_members[Last]));
                Step(index, new DialRefused(_members[Last].Node));
            }
        }

        RunUntil(_options.Patience, IsEverySessionProtected);
    }

    private static SessionId NameOf(int number)
    {
        // Spread over the whole range, as the identifiers of real sessions are.
        byte[] name = new byte[SessionId.Length];
        BinaryPrimitives.WriteUInt64BigEndian(name, (ulong)(number + 1) * 0x9E3779B97F4A7C15);
        return new SessionId(name);
    }

    private void ConnectAll(ConfiguredPeer[] universe)
    {
        for (int from = 0; from < _machines.Length; from++)
        {
            for (int to = 0; to < _machines.Length; to++)
            {
                if (from != to)
                {
                    Step(from, new LinkUp(_members[to], universe[to].Role));
                }
            }
        }
    }

    private bool IsEverySessionProtected() =>
        Living.Sum(static machine => machine.PrimaryCount) == _options.Sessions
        && Living.Sum(static machine => machine.BackupCount) == _options.Sessions
        && Living.All(static machine => machine.UnprotectedCount == 0);

    private void RunUntil(TimeSpan patience, Func<bool> isSo)
    {
        for (Instant end = _now + patience; !isSo();)
        {
            if (_now >= end)
            {
                throw new TimeoutException($"{_options.Sessions} sessions: not settled within {patience}.");
            }

            Round();
        }
    }

    /// <summary>All that is under way arrives; then whoever is due is woken.</summary>
    private void Round()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        Queue<(int From, Envelope Envelope)> arriving = _underWay;
        _underWay = new();
        while (arriving.TryDequeue(out (int From, Envelope Envelope) parcel))
        {
            int to = Array.IndexOf(_members, parcel.Envelope.To);
            if (_machines[to] is not null && _machines[parcel.From] is not null)
            {
                Step(to, new PeerMessage(_members[parcel.From], parcel.Envelope.Message));
            }
        }

        for (int index = 0; index < _machines.Length; index++)
        {
            if (_machines[index]?.NextDeadline <= _now)
            {
                Step(index, Deadline);
            }
        }

        _now += Passage;
    }

    private void Step(int index, Input input)
    {
        _outbox.Clear();
        int collections = GC.CollectionCount(0);
        long before = Stopwatch.GetTimestamp();
        _machines[index]!.Step(input, _now, _outbox);
        TimeSpan took = Stopwatch.GetElapsedTime(before);
        string kind = input is PeerMessage said ? said.Message.GetType().Name : input.GetType().Name;
        kind += GC.CollectionCount(0) == collections ? "" : ", with a collection";
        _times[kind] = _times.GetValueOrDefault(kind).With(took);
        foreach (Envelope envelope in _outbox.Messages)
        {
            _underWay.Enqueue((index, envelope));
        }
    }
}

/// <summary>How long steps of one kind took.</summary>
/// <param name="Count">How many there were.</param>
/// <param name="Longest">The longest.</param>
/// <param name="Sum">All together.</param>
internal readonly record struct StepTimes(int Count, TimeSpan Longest, TimeSpan Sum)
{
    public StepTimes With(TimeSpan took) => new(Count + 1, took > Longest ? took : Longest, Sum + took);
}
