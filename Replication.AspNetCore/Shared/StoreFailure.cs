using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Tells the store's failures from mistakes of the code.</summary>
internal static class StoreFailure
{
    /// <summary>How the protocol begins to say that a command is not for what is there.</summary>
    private const string WrongType = "WRONGTYPE";

    /// <summary>Whether the store could not be reached, did not answer in time, or refused for the moment.</summary>
    public static bool Is(Exception exception) =>
        exception is RedisException or TimeoutException or OperationCanceledException or ObjectDisposedException;

    /// <summary>Whether it is certain that the store has not heard what it was to be asked.</summary>
    public static bool WasNotAsked(Exception exception) => exception is StoreSilentException
        or RedisConnectionException { FailureType: ConnectionFailureType.UnableToResolvePhysicalConnection };

    /// <summary>
    /// What is said of it to whoever wants the session. A node that has lost its own connection may not be alone with
    /// that, but it may; where there is one and the store does not answer by it, it answers no other node.
    /// </summary>
    public static SessionReplicationException Refusal(Exception exception) => exception switch
    {
        SessionReplicationException refusal => refusal,
        RedisConnectionException or ObjectDisposedException =>
            new SessionReplicationException("The session store cannot be reached."),
        RedisServerException =>
            new SessionReplicationException("The session store refuses for the moment.") { IsSameElsewhere = true },
        _ => new SessionReplicationException("The session store does not answer.") { IsSameElsewhere = true },
    };

    /// <summary>Whether the store has the mark of an ended session where a session was meant.</summary>
    public static bool IsEnded(RedisServerException exception) =>
        exception.Message.StartsWith(WrongType, StringComparison.Ordinal);
}
