using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Tells the store's failures from mistakes of the code.</summary>
internal static class StoreFailure
{
    /// <summary>Whether the store could not be reached, did not answer in time, or refused for the moment.</summary>
    public static bool Is(Exception exception) =>
        exception is RedisException or TimeoutException or OperationCanceledException or ObjectDisposedException;
}
