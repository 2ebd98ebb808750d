using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Something small that says nothing, and goes by itself: it is written to learn why, or where, the store takes what it
/// is given. Its commands are some of those that sessions and locks need anyway.
/// </summary>
internal static class StoreMark
{
    private const string Member = "written";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    /// <exception cref="RedisException">The store cannot be reached, or refuses; then it has said why.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public static Task WriteAsync(IDatabase database, RedisKey key) =>
        Task.WhenAll(database.SetAddAsync(key, Member), database.KeyExpireAsync(key, Lifetime));
}
