namespace SessionCluster.Replication;

/// <summary>To the primary: a request for the session has come to me; let me be its primary.</summary>
/// <param name="View">The number of the sender's view.</param>
/// <param name="Session">The session.</param>
public sealed record TakeOver(long View, SessionId Session) : Message;

/// <summary>
/// The primary gives the session away, asked or, when it drains, unasked. It commits nothing more until the new
/// configuration is recorded or the receiver has left the view.
/// </summary>
/// <param name="View">The number of the view.</param>
/// <param name="Session">The session.</param>
/// <param name="Current">The configuration as it is.</param>
/// <param name="Next">The configuration to come; the receiver is its primary.</param>
/// <param name="Sequence">The sequence of <paramref name="State"/>.</param>
/// <param name="State">The whole state.</param>
/// <param name="Idle">How long ago the session was last used.</param>
public sealed record HandOver(
    long View,
    SessionId Session,
    Configuration Current,
    Configuration Next,
    long Sequence,
    SessionState State,
    TimeSpan Idle) : Message;

/// <summary>The session is not mine to give: ask there.</summary>
/// <param name="Session">The session.</param>
/// <param name="Configuration">What the sender knows; counter 0 when nothing.</param>
public sealed record Moved(SessionId Session, Configuration Configuration) : Message;

/// <summary>A request that began on the former primary has ended: commit its changes for it.</summary>
/// <param name="Request">Numbers what the sender forwards: greater than all before.</param>
/// <param name="Session">The session.</param>
/// <param name="Delta">The changes; nothing and <paramref name="Removes"/> for a removal.</param>
/// <param name="Removes">Whether the session is to be removed.</param>
/// <param name="HeardAt">
/// The time in the receiver's newest heartbeat that the sender has heard, on the receiver's clock: it tells the
/// receiver how old this may be.
/// </param>
public sealed record ForwardCommit(
    long Request, SessionId Session, SessionDelta Delta, bool Removes, Instant HeardAt) : Message;

/// <summary>
/// Answers <see cref="ForwardCommit"/>: the session has gone to another primary by now. Nothing was done, and nothing
/// will be.
/// </summary>
/// <param name="Request">The sender's number.</param>
public sealed record ReturnedCommit(long Request) : Message;

/// <summary>Answers <see cref="ForwardCommit"/>.</summary>
/// <param name="Request">The sender's number.</param>
/// <param name="Result">What became of it.</param>
/// <param name="Version">The version after it, where it was committed.</param>
public sealed record ForwardedCommit(long Request, CommitResult Result, SessionVersion Version) : Message;

/// <summary>What became of a commit.</summary>
public enum CommitResult
{
    /// <summary>Every holder has it.</summary>
    Committed,

    /// <summary>The session does not exist any more.</summary>
    NotFound,

    /// <summary>The session is lost: all its holders have died.</summary>
    Lost,

    /// <summary>It could not be acknowledged in time. It may come true later, whole or not at all.</summary>
    Unavailable,

    /// <summary>
    /// The session remembers the outcome of a request with the same key: nothing was changed, and the outcome is safe.
    /// </summary>
    Repeated,
}
