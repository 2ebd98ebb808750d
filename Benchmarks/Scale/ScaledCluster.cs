using System.Buffers;
using System.Buffers.Binary;
using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Benchmarks.Scale;

/// <summary>One simulated cluster of some size, and what one does to it. All times are virtual.</summary>
internal sealed class ScaledCluster
{
    private const string RestKey = "rest";
    private const string ChangedKey = "changed";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan BetweenRequests = TimeSpan.FromMilliseconds(1);

    private readonly ScaleOptions _options;
    private readonly CancellationToken _cancellationToken;
    private readonly SimulatedCluster _cluster;
    private readonly SessionId[] _sessions;
    private readonly ArrayBufferWriter<byte> _encoded = new();
    private int _answers;

    /// <summary>Starts the cluster, and waits until every member serves.</summary>
    /// <param name="nodes">How many there are.</param>
    /// <param name="options">What they are to keep.</param>
    /// <param name="cancellationToken">Ends this and whatever is done to the cluster later, and throws.</param>
    public ScaledCluster(int nodes, ScaleOptions options, CancellationToken cancellationToken)
    {
        _options = options;
        _cancellationToken = cancellationToken;
        _cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = nodes, IsChecked = false, HeartbeatInterval = ReplicationSettings.DefaultHeartbeatInterval,
        });
        _cluster.Network.MessageSent = (_, envelope) => Count(envelope.Message);
        _sessions = [.. Enumerable.Range(0, options.Sessions).Select(NameSession)];
        RunUntil(HaveAllFoundEachOther, "all have found each other");
    }

    public int Nodes => _cluster.Options.Nodes;

    public TimeSpan Now => _cluster.Queue.Now;

    /// <summary>What the members have said of sessions and views.</summary>
    public Traffic Sent => OfSessions + OfViews;

    /// <summary>What they have said of sessions alone: their copies, and where those are.</summary>
    public Traffic OfSessions { get; private set; }

    /// <summary>What they have said to agree on views, and to copy the map with which one begins.</summary>
    public Traffic OfViews { get; private set; }

    /// <summary>What they have said to show that they live, and to compare what they have.</summary>
    public Traffic Background { get; private set; }

    public void Run(TimeSpan duration)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        _cluster.Run(duration);
    }

    /// <summary>
    /// Waits until nobody has said anything of sessions for a while: what was evened out afterwards is done.
    /// </summary>
    public void Settle()
    {
        Traffic before = default;
        for (TimeSpan end = Now + Patience; Now < end && Sent != before; Run(Rest))
        {
            before = Sent;
        }
    }

    /// <summary>Creates all sessions, on one node after the other.</summary>
    public void CreateSessions() => AskForEach(
        (index, _) => _cluster.Nodes[index % Nodes].Process!,
        session => new Commit(
            session,
            [new(RestKey, new byte[_options.SessionBytes - _options.ChangedBytes]), NewChange()],
            creates: true,
            Answered));

    /// <summary>Changes a part of each session, each where it lives.</summary>
    public void WriteSessions() => AskForEach(
        (_, session) => PrimaryOf(session), session => new Commit(session, [NewChange()], creates: false, Answered));

    /// <summary>Ends the last node's process; done when every session is on two others again.</summary>
    /// <returns>How many sessions it had, as primary or as backup.</returns>
    public int KillOne()
    {
        SimulatedNode last = _cluster.Nodes[^1];
        int copies = CopiesOf(last);
        _cluster.Kill(last);
        RunUntil(() => HaveAllFoundEachOther() && IsEverySessionProtected(), "every session is protected again");
        return copies;
    }

    /// <summary>Starts it again; done when it serves. By then some copies may have been moved to it already.</summary>
    public void StartAgain()
    {
        _cluster.Start(_cluster.Nodes[^1]);
        RunUntil(HaveAllFoundEachOther, "the node has joined");
    }

    /// <summary>How many sessions the last node has, as primary or as backup.</summary>
    public int CountCopiesOfLast() => CopiesOf(_cluster.Nodes[^1]);

    private static SessionId NameSession(int number)
    {
        // Spread over the whole range, as the identifiers of real sessions are.
        byte[] name = new byte[SessionId.Length];
        BinaryPrimitives.WriteUInt64BigEndian(name, (ulong)(number + 1) * 0x9E3779B97F4A7C15);
        return new SessionId(name);
    }

    private static int CopiesOf(SimulatedNode node) =>
        node.Process!.Machine.PrimaryCount + node.Process.Machine.BackupCount;

    private void Count(Message message)
    {
        _encoded.ResetWrittenCount();
        MessageCodec.Write(message, _encoded);
        var one = new Traffic(1, _encoded.WrittenCount);
        if (message is Heartbeat or HeartbeatAcknowledged or CopyDigests)
        {
            Background += one;
        }
        else if (message is Replicate or Replicated or RecordLocations or LocationsRecorded or Stale)
        {
            OfSessions += one;
        }
        else
        {
            OfViews += one;
        }
    }

    private SessionValue NewChange() => new(ChangedKey, new byte[_options.ChangedBytes]);

    private void Answered(CommitResult result)
    {
        if (result != CommitResult.Committed)
        {
            throw new InvalidOperationException($"A commit was answered {result}.");
        }

        _answers++;
    }

    private void AskForEach(Func<int, SessionId, SimulatedProcess> choose, Func<SessionId, PendingRequest> make)
    {
        _answers = 0;
        for (int index = 0; index < _sessions.Length; index++)
        {
            choose(index, _sessions[index]).Ask(make(_sessions[index]));
            Run(BetweenRequests);
        }

        RunUntil(() => _answers == _sessions.Length, "all commits are answered");
    }

    private SimulatedProcess PrimaryOf(SessionId session)
    {
        Placement placement = _cluster.Processes[0].Machine.PlacementOf(session)!;
        return _cluster.Nodes[_cluster.HostOf(placement.Primary.Node)].Process!;
    }

    private bool HaveAllFoundEachOther()
    {
        int living = _cluster.Processes.Count;
        return _cluster.Processes.All(process =>
            process.Machine.View.Number > 0 && process.Machine.View.Members.Count == living
            && process.Machine.IsReady && process.Machine.HasPermission(process.Now));
    }

    private bool IsEverySessionProtected() =>
        _cluster.Processes.Sum(static process => process.Machine.PrimaryCount) == _sessions.Length
        && _cluster.Processes.All(static process => process.Machine.UnprotectedCount == 0);

    private void RunUntil(Func<bool> isSo, string what)
    {
        // Looked at now and then: asking all members costs more than most of their steps.
        TimeSpan end = Now + Patience;
        while (!isSo())
        {
            if (Now >= end)
            {
                throw new TimeoutException($"not within {Patience.TotalMinutes:0} min: {what}");
            }

            Run(BetweenRequests);
        }
    }

    /// <summary>A commit that only counts.</summary>
    private sealed class Commit(SessionId session, SessionValue[] values, bool creates, Action<CommitResult> answered)
        : PendingRequest
    {
        public override string Session => session.ToString();

        public override Input Begin(long number) =>
            new CommitSession(number, session, new SessionDelta(values, []), creates);

        public override void Invoked(SimulatedProcess process)
        {
            // Nobody checks what it sees.
        }

        public override void Completed(SimulatedProcess process, Completion completion) =>
            answered(((CommitCompleted)completion).Result);

        public override void Abandon() => answered(CommitResult.Unavailable);
    }
}

/// <summary>What the members have said to each other.</summary>
/// <param name="Messages">How many messages.</param>
/// <param name="Bytes">Their bytes, before they are put into frames.</param>
internal readonly record struct Traffic(double Messages, double Bytes)
{
    public static Traffic operator -(Traffic left, Traffic right) =>
        new(left.Messages - right.Messages, left.Bytes - right.Bytes);

    public static Traffic operator +(Traffic left, Traffic right) =>
        new(left.Messages + right.Messages, left.Bytes + right.Bytes);
}
