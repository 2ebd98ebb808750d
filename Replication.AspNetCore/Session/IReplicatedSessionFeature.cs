namespace SessionCluster.Replication.AspNetCore;

/// <summary>What the replication knows of the request's session; from <c>HttpContext.Features</c>.</summary>
public interface IReplicatedSessionFeature
{
    /// <summary>
    /// The session's public identifier, which is also <c>ISession.Id</c>: 64 hexadecimal digits; in mode
    /// <see cref="ReplicationMode.Shared"/> the stock session's, a GUID.
    /// </summary>
    string SessionId { get; }

    /// <summary>Whether the session began with this request.</summary>
    bool IsNew { get; }

    /// <summary>Whether the client had a session that is lost, and this request runs with a new one.</summary>
    bool IsReplacementForLost { get; }

    /// <summary>
    /// Whether the session has been begun without what it had, as every node that held it is out of reach, and was not
    /// changed before this request. What it had may come back, merged with what is done meanwhile, when one of those
    /// nodes does. Only with <see cref="PartitionPolicy.Available"/>.
    /// </summary>
    bool IsBegunAnew { get; }

    /// <summary>The version that was loaded, or of the latest commit of this request.</summary>
    SessionVersion Version { get; }

    /// <summary>Who holds the session; nobody while it was never committed.</summary>
    Placement? Placement { get; }
}
