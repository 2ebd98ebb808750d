using Microsoft.AspNetCore.Http.Features;
using SessionCluster.Replication.AspNetCore;

namespace Microsoft.AspNetCore.Http;

/// <summary>What a replicated session can do beyond <see cref="ISession"/>.</summary>
public static class ReplicatedSessionExtensions
{
    /// <summary>
    /// Gives the session a new identifier and a new cookie, and keeps its values: for sign-in, so that whoever knew the
    /// session before does not know it after. It happens with the request's commit, before the first byte of the
    /// response leaves; the former identifier is dead on every node from then on.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="cancellationToken">Not used where the session was loaded ahead, as it usually was.</param>
    /// <exception cref="InvalidOperationException">
    /// The response has started, or <c>UseSession()</c> or <c>UseSessionReplication()</c> is missing.
    /// </exception>
    /// <exception cref="SessionReplicationException">The session is not at hand.</exception>
    public static async Task RotateIdAsync(this HttpContext context, CancellationToken cancellationToken = default)
    {
        ReplicatedSession session = SessionOf(context);
        await session.LoadAsync(cancellationToken);
        session.Rotate();
    }

    /// <summary>
    /// Ends the session on every node, and deletes the cookie: for sign-out. It happens with the request's commit.
    /// Values that the request sets afterwards begin a new session.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="cancellationToken">Not used where the session was loaded ahead, as it usually was.</param>
    /// <exception cref="InvalidOperationException">
    /// The response has started, or <c>UseSession()</c> or <c>UseSessionReplication()</c> is missing.
    /// </exception>
    /// <exception cref="SessionReplicationException">The session is not at hand.</exception>
    public static async Task DestroySessionAsync(
        this HttpContext context, CancellationToken cancellationToken = default)
    {
        ReplicatedSession session = SessionOf(context);
        await session.LoadAsync(cancellationToken);
        session.Destroy();
    }

    private static ReplicatedSession SessionOf(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        ISession? session = context.Features.Get<ISessionFeature>()?.Session;
        if (session is SharedSession)
        {
            throw new NotSupportedException("ASP.NET Core's distributed session (mode Shared) cannot change its key.");
        }

        return session as ReplicatedSession
            ?? throw new InvalidOperationException("This needs UseSession() and UseSessionReplication() before it.");
    }
}
