using System.Runtime.CompilerServices;
using SessionCluster.Replication.AspNetCore.Hosting;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>One key's session. A request has two of them while it replaces one by another.</summary>
internal sealed class SessionIncarnation(SessionIdentity identity, SessionChanges changes)
{
    public SessionIdentity Identity { get; } = identity;

    public SessionChanges Changes { get; } = changes;

    /// <summary>Whether the machine has it.</summary>
    public bool Exists { get; private set; }

    public SessionVersion Version { get; private set; }

    public Placement? Placement { get; private set; }

    /// <summary>Since when the request has known what it changes; nothing where the session begins with it.</summary>
    public Instant? ReadAt { get; init; }

    /// <summary>The exclusive load that holds the session for this request.</summary>
    public long? ExclusiveLoad { get; init; }

    private Instant? LastCommit { get; set; }

    /// <summary>The machine has it, at this version.</summary>
    public void Found(SessionVersion version, Placement? placement) =>
        (Exists, Version, Placement) = (true, version, placement ?? Placement);

    /// <summary>
    /// Makes the changes safe, and what the request answers with them. The answer alone does not begin a session.
    /// </summary>
    /// <exception cref="SessionReplicationException">The changes could not be made safe.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask CommitAsync(SessionClient client, RecordedOutcome? outcome)
    {
        if (Changes.IsEmpty && (outcome is null || !Exists))
        {
            return;
        }

        SessionDelta delta = Changes.ToDelta(outcome);
        Instant began = client.Now;
        CommitAnswer answer = await client.CommitAsync(
            Identity.Id, delta, creates: !Exists, LastCommit ?? ReadAt, ExclusiveLoad).ConfigureAwait(false);
        ThrowUnlessCommitted(answer.Result);
        LastCommit = began;
        Changes.Accept(delta);
        Found(answer.Version, answer.Placement);
    }

    public async Task<CommitResult> RemoveAsync(SessionClient client)
    {
        CommitAnswer answer = await client.RemoveAsync(Identity.Id, ExclusiveLoad).ConfigureAwait(false);
        Exists &= answer.Result == CommitResult.Unavailable;
        return answer.Result;
    }

    public static void ThrowUnlessCommitted(CommitResult result)
    {
        if (result != CommitResult.Committed)
        {
            throw new SessionReplicationException(result switch
            {
                CommitResult.NotFound => SessionFailure.Ended,
                CommitResult.Lost => SessionFailure.Lost,
                CommitResult.Repeated => SessionFailure.Repeated,
                _ => SessionFailure.Unavailable,
            });
        }
    }
}
