namespace SessionCluster.Replication.AspNetCore;

/// <summary>The response headers by which a node speaks to the balancer and to programs.</summary>
public static class ReplicationHeaders
{
    /// <summary><c>primary.backup</c>: the names of the nodes that hold the session. For the balancer.</summary>
    public const string Route = "Session-Route";

    /// <summary><c>1</c> where the session was lost, and the request ran with a new one.</summary>
    public const string Lost = "Session-Lost";

    /// <summary>
    /// <c>1</c> on a 503 that was answered before the application ran: the request may be repeated, whatever its
    /// method.
    /// </summary>
    public const string NotExecuted = "Session-Not-Executed";
}
