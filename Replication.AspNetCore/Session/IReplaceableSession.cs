using Microsoft.AspNetCore.Http;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>A session that can go on under another key, or end, with its request's commit.</summary>
internal interface IReplaceableSession : ISession
{
    /// <summary>From now on the values belong to a session with a fresh key.</summary>
    /// <exception cref="InvalidOperationException">The response has started, or the middleware is missing.</exception>
    /// <exception cref="SessionReplicationException">The session is not at hand.</exception>
    void Rotate();

    /// <summary>The session ends, and its cookie with it; what is set afterwards begins another.</summary>
    /// <exception cref="InvalidOperationException">The response has started, or the middleware is missing.</exception>
    /// <exception cref="SessionReplicationException">The session is not at hand.</exception>
    void Destroy();
}
