using Microsoft.Extensions.Caching.Distributed;
using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// One key of the store, as the stock session reads and writes it. A session that was ended is not there for whoever
/// loads it, and cannot be written by whoever has loaded it before.
/// </summary>
internal sealed class SharedEntry(IDistributedCache cache, StorePulse pulse, bool isFresh) : IDistributedCache
{
    /// <summary>Whether the store had the session when it was last asked, or has it since.</summary>
    public bool Exists { get; private set; }

    /// <exception cref="RedisException">The store cannot be reached.</exception>
    /// <exception cref="TimeoutException">The store does not answer.</exception>
    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        // A key that was just made up is nobody's, and need not be asked for.
        byte[]? value = null;
        try
        {
            value = isFresh ? null : await pulse.AskAsync(() => cache.GetAsync(key, token)).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (StoreFailure.IsEnded(exception))
        {
            // There is a mark in the session's place.
        }

        Exists = value is not null;
        return value;
    }

    /// <exception cref="SessionReplicationException">Another request has ended the session.</exception>
    /// <exception cref="RedisException">The store cannot be reached.</exception>
    /// <exception cref="TimeoutException">The store does not answer.</exception>
    public async Task SetAsync(
        string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        try
        {
            await pulse.AskAsync(() => cache.SetAsync(key, value, options, token)).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (StoreFailure.IsEnded(exception))
        {
            throw new SessionReplicationException(SessionFailure.Ended);
        }

        Exists = true;
    }

    /// <exception cref="RedisException">The store cannot be reached.</exception>
    /// <exception cref="TimeoutException">The store does not answer.</exception>
    public async Task RefreshAsync(string key, CancellationToken token = default)
    {
        try
        {
            await pulse.AskAsync(() => cache.RefreshAsync(key, token)).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (StoreFailure.IsEnded(exception))
        {
            // Who has only read it need not know that it has ended since.
        }
    }

    public Task RemoveAsync(string key, CancellationToken token = default) => cache.RemoveAsync(key, token);

    /// <summary>Without the middleware nobody has loaded ahead, and reading is synchronous.</summary>
    public byte[]? Get(string key) => GetAsync(key).GetAwaiter().GetResult();

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) =>
        SetAsync(key, value, options).GetAwaiter().GetResult();

    public void Refresh(string key) => RefreshAsync(key).GetAwaiter().GetResult();

    public void Remove(string key) => cache.Remove(key);
}
