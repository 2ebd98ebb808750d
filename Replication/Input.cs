namespace SessionCluster.Replication;

/// <summary>What may come into the machine. The set is closed.</summary>
public abstract record Input
{
    private protected Input()
    {
    }
}

/// <summary>A peer said something. The transport has authenticated the peer, and keeps each peer's order.</summary>
/// <param name="From">The process that said it.</param>
/// <param name="Message">What it said.</param>
public sealed record PeerMessage(Member From, Message Message) : Input;

/// <summary>
/// A connection to a peer's process stands. Messages to it that were lost with an earlier one are sent again.
/// </summary>
/// <param name="Peer">The process.</param>
/// <param name="Role">What it does.</param>
/// <param name="Times">Its times, as it has said; all 0 where it has the same as this member.</param>
public sealed record LinkUp(Member Peer, MemberRole Role, MemberTimes Times = default) : Input;

/// <summary>The connection to a peer has ended; messages sent to it may be lost.</summary>
/// <param name="Peer">The process.</param>
public sealed record LinkDown(Member Peer) : Input;

/// <summary>The peer's host refused a connection: nothing listens there, so the process that did is dead.</summary>
/// <param name="Peer">The peer's name.</param>
/// <param name="Took">How long ago the dial began: of a process that started since, the refusal says nothing.</param>
public sealed record DialRefused(NodeId Peer, TimeSpan Took = default) : Input;

/// <summary>
/// Who listens at the peer's address does not accept this process, for example as its configuration does not name it.
/// </summary>
/// <param name="Peer">The peer's name.</param>
public sealed record DialRejected(NodeId Peer) : Input;

/// <summary>A request of the shell that is answered: the machine completes it under its number.</summary>
/// <param name="Request">The shell's number of the request; unique in this process.</param>
/// <param name="Session">The session.</param>
public abstract record SessionInput(long Request, SessionId Session) : Input
{
    internal abstract RequestKind Kind { get; }
}

/// <summary>What a request wants of a session.</summary>
internal enum RequestKind
{
    Load,
    Commit,
    Remove,
}

/// <summary>A request wants to read the session on this node. Completes with <see cref="LoadCompleted"/>.</summary>
/// <param name="Request">The shell's number of the request; unique in this process.</param>
/// <param name="Session">The session.</param>
public sealed record LoadSession(long Request, SessionId Session) : SessionInput(Request, Session)
{
    internal override RequestKind Kind => RequestKind.Load;

    /// <summary>
    /// Whether the session is to be held exclusively: until <see cref="ReleaseSession"/> no other exclusive load is
    /// answered on any node. One that has to wait longer than the commit time-out is answered with <c>Unavailable</c>.
    /// </summary>
    public bool IsExclusive { get; init; }
}

/// <summary>
/// An exclusive load has no use for the session any more. Completes with nothing; a second one does nothing.
/// </summary>
/// <param name="Load">The number of the load.</param>
/// <param name="Session">The session.</param>
public sealed record ReleaseSession(long Load, SessionId Session) : Input;

/// <summary>A request has changed the session. Completes with <see cref="CommitCompleted"/>.</summary>
/// <param name="Request">The shell's number of the request; unique in this process.</param>
/// <param name="Session">The session.</param>
/// <param name="Delta">The changes.</param>
/// <param name="Creates">Whether the session is new: the request was told so, or came without one.</param>
public sealed record CommitSession(long Request, SessionId Session, SessionDelta Delta, bool Creates)
    : SessionInput(Request, Session)
{
    /// <summary>Stands for no instant, and for no number. A nullable one would take twice the room.</summary>
    private const long None = long.MinValue;

    private readonly long _readAt = None;
    private readonly long _exclusiveLoad = None;

    internal override RequestKind Kind => RequestKind.Commit;

    /// <summary>
    /// When the request began to read the session, or had last committed to it. Where this process has been stopped
    /// since, and for longer than any commit may take, the changes are refused: others have gone on.
    /// </summary>
    public Instant? ReadAt
    {
        get => _readAt == None ? null : new Instant(_readAt);
        init => _readAt = value?.Ticks ?? None;
    }

    /// <summary>
    /// The exclusive load that the changes rest on. Where it does not hold the session any more, because it was
    /// released or because others lead the session now, the changes are refused.
    /// </summary>
    public long? ExclusiveLoad
    {
        get => _exclusiveLoad == None ? null : _exclusiveLoad;
        init => _exclusiveLoad = value ?? None;
    }
}

/// <summary>End the session. Completes with <see cref="CommitCompleted"/>.</summary>
/// <param name="Request">The shell's number of the request; unique in this process.</param>
/// <param name="Session">The session.</param>
public sealed record RemoveSession(long Request, SessionId Session) : SessionInput(Request, Session)
{
    internal override RequestKind Kind => RequestKind.Remove;

    /// <summary>The exclusive load on which the decision to end it rests; as with a commit.</summary>
    public long? ExclusiveLoad { get; init; }
}

/// <summary>A request has used the session without changing it. Completes with nothing.</summary>
/// <param name="Session">The session.</param>
public sealed record TouchSession(SessionId Session) : Input;

/// <summary>
/// Tell the others that this node is about to leave: they send it no more requests, and give it nothing more. It serves
/// as before until <see cref="StartDrain"/>.
/// </summary>
public sealed record AnnounceDrain : Input;

/// <summary>Hand over everything, then leave. Reported by <see cref="Drained"/> when it is safe to stop.</summary>
/// <param name="MayLeave">
/// Whether it may leave when all is handed over. Else it stays a member, so that requests which still run here can have
/// their changes committed by others, until the input comes once more.
/// </param>
/// <param name="MayLose">
/// Whether it leaves even where nobody can take over what it has, because its process ends whatever becomes of it. Else
/// it serves on as long as that is so, and reports <see cref="DrainGivenUp"/>.
/// </param>
public sealed record StartDrain(bool MayLeave = true, bool MayLose = true) : Input;

/// <summary>Nothing came before <see cref="ReplicationNode.NextDeadline"/>.</summary>
public sealed record DeadlineReached : Input;
