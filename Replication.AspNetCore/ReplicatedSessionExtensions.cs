using Microsoft.AspNetCore.Http.Features;
using SessionCluster.Replication.AspNetCore;

namespace Microsoft.AspNetCore.Http;

/// <summary>What a replicated session can do beyond <see cref="ISession"/>.</summary>
public static class ReplicatedSessionExtensions
{
    /// <summary>
    /// Gives the session a new identifier and a new cookie, and keeps its values: for sign-in, so that whoever knew the
    /// session before does not know it after. It happens with the request's commit, before the first byte of the
    /// response leaves; the former identifier is dead on every node from then on. The values are safe under the new one
    /// before the former is removed. Where the commit fails, the client keeps its cookie, and gets 409 where another
    /// request has ended the session meanwhile, else 503.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="cancellationToken">Not used where the session was loaded ahead, as it usually was.</param>
    /// <exception cref="InvalidOperationException">
    /// The response has started, or <c>UseSession()</c> or <c>UseSessionReplication()</c> is missing.
    /// </exception>
    /// <exception cref="SessionReplicationException">
    /// The session is not at hand: its holders, or in mode <see cref="ReplicationMode.Shared"/> the store, cannot be
    /// reached.
    /// </exception>
    public static async Task RotateIdAsync(this HttpContext context, CancellationToken cancellationToken = default)
    {
        IReplaceableSession session = SessionOf(context);
        await session.LoadAsync(cancellationToken);
        session.Rotate();
    }

    /// <summary>
    /// Ends the session on every node, and deletes the cookie: for sign-out. It happens with the request's commit;
    /// where that fails, the client gets 503 and keeps its cookie. Other requests of the session that are under way
    /// cannot change it any more: they get 409. Values that the request sets afterwards begin a new session.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="cancellationToken">Not used where the session was loaded ahead, as it usually was.</param>
    /// <exception cref="InvalidOperationException">
    /// The response has started, or <c>UseSession()</c> or <c>UseSessionReplication()</c> is missing.
    /// </exception>
    /// <exception cref="SessionReplicationException">
    /// The session is not at hand: its holders, or in mode <see cref="ReplicationMode.Shared"/> the store, cannot be
    /// reached.
    /// </exception>
    public static async Task DestroySessionAsync(
        this HttpContext context, CancellationToken cancellationToken = default)
    {
        IReplaceableSession session = SessionOf(context);
        await session.LoadAsync(cancellationToken);
        session.Destroy();
    }

    private static IReplaceableSession SessionOf(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<ISessionFeature>()?.Session as IReplaceableSession
            ?? throw new InvalidOperationException("This needs UseSession() and UseSessionReplication() before it.");
    }
}
