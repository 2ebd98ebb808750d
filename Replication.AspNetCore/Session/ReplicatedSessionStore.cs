using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Session;
using Microsoft.Extensions.Options;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Gives the stock session middleware our sessions. The idle time-out is the cluster's, checked at start.
/// </summary>
internal sealed class ReplicatedSessionStore : ISessionStore
{
    private readonly SessionServices _services;

    public ReplicatedSessionStore(SessionServices services, IOptions<ReplicationOptions> options)
    {
        if (options.Value.Role == MemberRole.Voter)
        {
            throw new InvalidOperationException(
                "Replication:Role is Voter: this process only votes and cannot hold sessions. Remove UseSession().");
        }

        _services = services;
    }

    public ISession Create(
        string sessionKey,
        TimeSpan idleTimeout,
        TimeSpan ioTimeout,
        Func<bool> tryEstablishSession,
        bool isNewSessionKey) =>
        new ReplicatedSession(_services, sessionKey, tryEstablishSession, isNewSessionKey);
}
