using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Holds one session of the store for one request: a key beside the session's that only one request at a time can set,
/// and that goes by itself should the node die that has set it.
/// </summary>
internal sealed class SharedExclusion : IAsyncDisposable
{
    /// <summary>
    /// Longer than a handler should take; a request that takes longer is not protected for the rest of it.
    /// </summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>The store tells nobody that a key is free, so it is asked: often at first, then less so.</summary>
    private static readonly TimeSpan AskFirstAfter = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan AskAtLeastEvery = TimeSpan.FromMilliseconds(20);

    private readonly StorePulse _pulse;
    private readonly IDatabase _database;
    private readonly RedisKey _name;
    private readonly RedisValue _token;

    private SharedExclusion(StorePulse pulse, IDatabase database, RedisKey name, RedisValue token) =>
        (_pulse, _database, _name, _token) = (pulse, database, name, token);

    /// <summary>Waits for the session.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The name of the lock.</param>
    /// <param name="patience">How long to wait at most.</param>
    /// <param name="cancellationToken">Whoever wants it waits no longer.</param>
    /// <exception cref="SessionReplicationException">
    /// Others had it all the time, or the store cannot be reached.
    /// </exception>
    /// <exception cref="OperationCanceledException">Whoever wants it waits no longer.</exception>
    public static async Task<SharedExclusion> TakeAsync(
        SharedStore store, string name, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        IDatabase? database = null;
        RedisValue token = Guid.NewGuid().ToString("N");
        try
        {
            IDatabase asked = await store.DatabaseAsync().WaitAsync(deadline.Token).ConfigureAwait(false);
            TimeSpan pause = AskFirstAfter;
            while (!await store.Pulse.AskAsync(TakeAsync).WaitAsync(deadline.Token).ConfigureAwait(false))
            {
                await Task.Delay(pause, deadline.Token).ConfigureAwait(false);
                pause = pause * 2 < AskAtLeastEvery ? pause * 2 : AskAtLeastEvery;
            }

            return new SharedExclusion(store.Pulse, asked, name, token);

            Task<bool> TakeAsync()
            {
                database = asked;
                return asked.LockTakeAsync(name, token, Lease);
            }
        }
        catch (Exception exception) when (StoreFailure.Is(exception))
        {
            // The store may have done what nobody waits for any more; this comes after it on the same connection.
            ReleaseUnseen(database, name, token);
            cancellationToken.ThrowIfCancellationRequested();
            throw new SessionReplicationException(SessionFailure.Unavailable);
        }
    }

    /// <summary>
    /// Lets the next request have the session. Where the store is away just then, the key goes by itself.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_pulse.IsSilent)
            {
                ReleaseUnseen(_database, _name, _token);
                return;
            }

            await _database.LockReleaseAsync(_name, _token).ConfigureAwait(false);
        }
        catch (Exception exception) when (StoreFailure.Is(exception))
        {
            // Its time is bounded.
        }
    }

    /// <summary>
    /// Whose key it is has to be asked first, and for that the client lets the thread stand that says so: not the
    /// request's.
    /// </summary>
    private static void ReleaseUnseen(IDatabase? database, RedisKey name, RedisValue token)
    {
        if (database is not null)
        {
            _ = Task.Run(() => database.LockReleaseAsync(name, token, CommandFlags.FireAndForget));
        }
    }
}
