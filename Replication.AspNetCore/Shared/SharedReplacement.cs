namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// A session that this request's commit ends, because the request goes on under another key: with its values, which is
/// a rotation, or without, which is its end.
/// </summary>
internal sealed record SharedReplacement(SharedIncarnation Former, bool ValuesMove)
{
    /// <summary>Whether the store still has something to end.</summary>
    public bool IsPending { get; private set; } = Former.Exists;

    /// <summary>Ends the former session, after the current one is safe.</summary>
    /// <exception cref="SessionReplicationException">
    /// Another request has ended it meanwhile: its values must not live under another key.
    /// </exception>
    /// <exception cref="StackExchange.Redis.RedisException">The store cannot be reached.</exception>
    public async Task CompleteAsync(SharedSessionStore store)
    {
        if (!IsPending)
        {
            return;
        }

        if (!await store.EndAsync(Former.Key).ConfigureAwait(false) && ValuesMove)
        {
            throw new SessionReplicationException(SessionFailure.Ended);
        }

        IsPending = false;
    }
}
