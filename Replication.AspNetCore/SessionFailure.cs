namespace SessionCluster.Replication.AspNetCore;

/// <summary>Why a session could not be read or changed.</summary>
public enum SessionFailure
{
    /// <summary>
    /// Its holders, or a majority of the cluster, or the store that all share, could not be reached in time. It may
    /// work again at once.
    /// </summary>
    Unavailable,

    /// <summary>It was ended, by another request or by its idle time-out, while this request ran.</summary>
    Ended,

    /// <summary>Every node that held it has died.</summary>
    Lost,

    /// <summary>
    /// The same request has been executed on another node meanwhile, and its change is safe; this run's is not made.
    /// The client gets the answer of the other run.
    /// </summary>
    Repeated,
}

/// <summary>
/// A session could not be read, or a change of it could not be made safe. Where the application lets it pass, the
/// client gets 503, 409 or 410.
/// </summary>
public sealed class SessionReplicationException : Exception
{
    /// <summary>Says what went wrong.</summary>
    /// <param name="failure">Why.</param>
    public SessionReplicationException(SessionFailure failure)
        : base(failure switch
        {
            SessionFailure.Ended => "The session was ended while the request ran.",
            SessionFailure.Lost => "The session is lost: every node that held it has died.",
            SessionFailure.Repeated => "The same request has been executed on another node.",
            _ => "The session cannot be reached at the moment.",
        }) => Failure = failure;

    /// <summary>Says what went wrong with the store that all nodes share.</summary>
    internal SessionReplicationException(string reason)
        : base(reason) => Failure = SessionFailure.Unavailable;

    /// <summary>Why.</summary>
    public SessionFailure Failure { get; }

    /// <summary>Whether another node could not serve the request either.</summary>
    internal bool IsSameElsewhere { get; init; }

    /// <summary>What is known of it beside the message, for the log alone.</summary>
    internal string? Cause { get; init; }
}

/// <summary>A value was refused because the session would become too large.</summary>
public sealed class SessionTooLargeException : InvalidOperationException
{
    /// <summary>Says what was refused.</summary>
    /// <param name="key">The key that was to be set.</param>
    /// <param name="bytes">The size that the session would have, in bytes.</param>
    /// <param name="maximum">The greatest size allowed, in bytes.</param>
    public SessionTooLargeException(string key, long bytes, int maximum)
        : base($"Setting '{key}' would make the session {bytes} bytes large; {maximum} are allowed "
            + "(Replication:MaximumSessionBytes). Keep references in the session, not documents.")
    {
    }

    /// <summary>Says that there are too many keys.</summary>
    /// <param name="key">The key that was to be set.</param>
    /// <param name="keysMaximum">The greatest number of keys allowed.</param>
    public SessionTooLargeException(string key, int keysMaximum)
        : base($"Setting '{key}' would give the session more than {keysMaximum} keys.")
    {
    }
}
