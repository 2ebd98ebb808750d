namespace SessionCluster.Replication.AspNetCore;

/// <summary>Where the copies of a session are.</summary>
public enum ReplicationMode
{
    /// <summary>On the node that served it only; its death costs the session.</summary>
    None,

    /// <summary>On every node.</summary>
    Delta,

    /// <summary>On its primary and on <see cref="ReplicationOptions.Backups"/> other nodes.</summary>
    Backup,

    /// <summary>
    /// In a store that all nodes share, named by the connection string <c>sessions</c>: ASP.NET Core's distributed
    /// session on Redis. A node's death costs nothing; the store's death is an outage, answered with 503. A commit
    /// writes the whole session, so of two concurrent requests of one session the later one wins.
    /// </summary>
    Shared,
}

/// <summary>What a request is answered whose session was lost: every node that held it has died.</summary>
public enum LostSessionPolicy
{
    /// <summary>
    /// The request runs with a new, empty session under a fresh identifier, and its response carries the header
    /// <c>Session-Lost: 1</c>, so that the application can tell its user.
    /// </summary>
    StartNew,

    /// <summary>The request is answered with 410 Gone, once, and the cookie is deleted.</summary>
    Gone,
}
