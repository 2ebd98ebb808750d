using SessionCluster.Replication.AspNetCore.Hosting;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// A session that this request's commit removes, because the request goes on under another key: with its values, which
/// is a rotation, or without, which is its end.
/// </summary>
internal sealed record SessionReplacement(SessionIncarnation Former, bool ValuesMove)
{
    /// <summary>Whether the machine still has something to remove.</summary>
    public bool IsPending => Former.Exists;

    /// <summary>Removes the former session, after the current one is safe.</summary>
    /// <exception cref="SessionReplicationException">
    /// It could not be removed; the current one is gone again.
    /// </exception>
    public async Task CompleteAsync(SessionClient client, SessionIncarnation current)
    {
        if (!IsPending)
        {
            return;
        }

        CommitResult result = await Former.RemoveAsync(client).ConfigureAwait(false);
        if (result == CommitResult.Committed || (result != CommitResult.Unavailable && !ValuesMove))
        {
            return;
        }

        // The former session lives on, or somebody else has ended it: its values must not live under another key.
        if (current.Exists)
        {
            await current.RemoveAsync(client).ConfigureAwait(false);
        }

        SessionIncarnation.ThrowUnlessCommitted(result);
    }
}
