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
    public SessionIdentity? Own => request.Try > 0 ? Of(request.Try) : null;

    /// <summary>Those that the earlier tries may have begun, the latest first.</summary>
    public IEnumerable<SessionIdentity> Earlier
    {
        get
        {
            for (int number = request.Try - 1; number > 0; number--)
            {
                yield return Of(number);
            }
        }
    }

    private SessionIdentity Of(int number) =>
        SessionIdentity.Of(secret.CookieOf(request.Key, number, cookie), secret);
}
