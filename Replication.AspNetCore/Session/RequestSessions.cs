using SessionCluster.Replication.AspNetCore.Hosting;
using SessionCluster.Replication.AspNetCore.Security;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The sessions that the tries of one request may begin. Each try has one of its own, so that no two nodes ever begin
/// the same; and each later try can name those of the earlier ones, and find what they have left.
/// </summary>
/// <param name="secret">Without it nobody can tell from a request's key which cookie it led to.</param>
/// <param name="request">The request.</param>
/// <param name="cookie">What the client's cookie held; nothing where it had none. Who only learns of the request's key
/// finds nothing by it.</param>
internal sealed class RequestSessions(ClusterSecret secret, RequestKey request, string? cookie)
{
    /// <summary>The request's key.</summary>
    public Guid Key => request.Key;

    /// <summary>Whether an earlier try may have been executed, and twice is not the same as once.</summary>
    public bool MustNotRunAgain => request is { Try: > 1, IsIdempotent: false };

    /// <summary>The session that this try may begin; nothing where the key is not sealed.</summary>
    public SessionIdentity? Own => request.IsSealed ? Of(request.Try) : null;

    /// <summary>Looks for what an earlier try has begun and answered, the latest first.</summary>
    /// <exception cref="SessionReplicationException">It cannot be told.</exception>
    public async Task<EarlierTry?> FindEarlierAsync(SessionClient client)
    {
        for (int number = request.Try - 1; number > 0; number--)
        {
            SessionIdentity begun = Of(number);
            LoadCompleted load = await client.LoadAsync(begun.Id).ConfigureAwait(false);
            if (load.Result == LoadResult.Unavailable)
            {
                throw new SessionReplicationException(SessionFailure.Unavailable);
            }

            if (load.Result == LoadResult.Found && load.State.OutcomeOf(request.Key) is { } outcome)
            {
                return new EarlierTry(begun, load, outcome);
            }
        }

        return null;
    }

    private SessionIdentity Of(int number) =>
        SessionIdentity.Of(secret.CookieOf(request.Key, number, cookie), secret);
}

/// <summary>What an earlier try of a request has left.</summary>
/// <param name="Session">The session that it has begun.</param>
/// <param name="Load">What that session is now.</param>
/// <param name="Outcome">What it has answered.</param>
internal sealed record EarlierTry(SessionIdentity Session, LoadCompleted Load, RecordedOutcome Outcome);
