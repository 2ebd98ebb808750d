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

    /// <summary>Whether the store has the mark of an ended session where a session was meant.</summary>
    public static bool IsEnded(RedisServerException exception) =>
        exception.Message.StartsWith(WrongType, StringComparison.Ordinal);
}
