using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// A lock in the store, as one request knows it: a set whose only member is the request's own token, so that taking the
/// member out of it releases what this request has taken, and never what another has.
/// </summary>
/// <remarks>
/// The client's own lock is a string. To release it a client must first ask whose it is, and StackExchange.Redis lets
/// the thread stand for that and keeps the connection to itself meanwhile: for a store that stands still, as long as
/// the time-out. This needs one command, which can be repeated.
/// </remarks>
internal sealed class SharedLock(IDatabase database, string name)
{
    /// <summary>
    /// Longer than a handler should take; a request that takes longer is not protected for the rest of it.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly string _token = Guid.NewGuid().ToString("N");

    /// <summary>Takes the lock, in one step, where nobody has it.</summary>
    public Task<bool> TryTakeAsync()
    {
        // The name's tag puts all keys on one server of a cluster.
        RedisKey offered = $"{name}:{_token}";
        return StoreStep.RunAsync(database, $"{name}:mark", step =>
        {
            _ = step.SetAddAsync(offered, _token);
            _ = step.KeyExpireAsync(offered, Lease);
            Task<bool> isTaken = step.KeyRenameAsync(offered, name, When.NotExists);
            _ = step.KeyDeleteAsync(offered);
            return isTaken;
        });
    }

    /// <summary>Releases the lock where this request has it. May be said more than once.</summary>
    public Task<bool> ReleaseAsync() => database.SetRemoveAsync(name, _token);
}
