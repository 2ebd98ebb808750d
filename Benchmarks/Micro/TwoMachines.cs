using System.Buffers;
using SessionCluster.Replication;

namespace SessionCluster.Benchmarks.Micro;

/// <summary>
/// Two members without a network: what one of them says is handed to the other by whoever measures. One session, of
/// which the first is the primary.
/// </summary>
internal sealed class TwoMachines
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly Member First = new(new NodeId("node1"), 1);
    private static readonly Member Second = new(new NodeId("node2"), 1);

    private readonly ReplicationNode _primary = Start(First);
    private readonly ReplicationNode _backup = Start(Second);
    private readonly Outbox _outbox;
    private readonly Queue<(Member To, Message Message)> _underWay = new();
    private long _requests;
    private Instant _now = Instant.Zero;

    /// <param name="value">The session's first value.</param>
    /// <param name="recycles">Whether a message is needed no more when the next step is made, as in the shell.</param>
    public TwoMachines(byte[] value, bool recycles = true)
    {
        _outbox = new Outbox(recycles);
        Session = new SessionId(new byte[SessionId.Length]);
        Step(First, new LinkUp(Second, MemberRole.Node));
        Step(Second, new LinkUp(First, MemberRole.Node));
        RunUntil(() => _primary.HasPermission(_now) && _backup.HasPermission(_now));
        bool isCommitted = false;
        Step(First, new CommitSession(++_requests, Session, SessionDelta.Setting("v", value), Creates: true));
        RunUntil(() => isCommitted |= _primary.UnprotectedCount == 0 && _backup.BackupCount == 1);
    }

    public SessionId Session { get; }

    /// <summary>The primary takes a commit.</summary>
    /// <returns>What it tells its backup.</returns>
    public Message Commit(byte[] value)
    {
        _outbox.Clear();
        _primary.Step(
            new CommitSession(++_requests, Session, SessionDelta.Setting("v", value), Creates: false), _now, _outbox);
        return OnlyMessage();
    }

    /// <summary>The primary takes the acknowledgement.</summary>
    /// <returns>The answer for the request.</returns>
    public Completion Acknowledge(Message acknowledgement)
    {
        _outbox.Clear();
        _primary.Receive(Second, acknowledgement, _now, _outbox);
        return _outbox.Completions.Count == 1 ? _outbox.Completions[0] : throw Unexpected();
    }

    /// <summary>The backup takes what the primary tells.</summary>
    /// <returns>Its acknowledgement.</returns>
    public Message Replicate(Message replicate)
    {
        _outbox.Clear();
        _backup.Receive(First, replicate, _now, _outbox);
        return OnlyMessage();
    }

    /// <summary>The primary is asked for the session.</summary>
    public Completion Load()
    {
        _outbox.Clear();
        _primary.Step(new LoadSession(++_requests, Session), _now, _outbox);
        return _outbox.Completions.Count == 1 ? _outbox.Completions[0] : throw Unexpected();
    }

    private static ReplicationNode Start(Member self) => new(
        new ReplicationSettings
        {
            Self = self,
            Universe =
                [new ConfiguredPeer(First.Node, MemberRole.Node), new ConfiguredPeer(Second.Node, MemberRole.Node)],
        },
        Instant.Zero);

    private static InvalidOperationException Unexpected() =>
        new("The machine did something else than what is measured.");

    private Message OnlyMessage() => _outbox.Messages.Count == 1 ? _outbox.Messages[0].Message : throw Unexpected();

    private void Step(Member member, Input input)
    {
        _outbox.Clear();
        (member == First ? _primary : _backup).Step(input, _now, _outbox);
        foreach (Envelope envelope in _outbox.Messages)
        {
            // The outbox uses its messages again.
            _underWay.Enqueue((envelope.To, envelope.Message with { }));
        }
    }

    private void RunUntil(Func<bool> isSo)
    {
        for (Instant end = _now + Patience; !isSo() && _now < end; _now += Pause)
        {
            while (_underWay.TryDequeue(out (Member To, Message Message) parcel))
            {
                Step(parcel.To, new PeerMessage(parcel.To == First ? Second : First, parcel.Message));
            }

            Step(First, new DeadlineReached());
            Step(Second, new DeadlineReached());
        }

        if (!isSo())
        {
            throw Unexpected();
        }
    }
}
