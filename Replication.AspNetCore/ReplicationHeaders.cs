namespace SessionCluster.Replication.AspNetCore;

/// <summary>The headers by which nodes and balancer speak to each other and to programs.</summary>
public static class ReplicationHeaders
{
    /// <summary>
    /// <c>primary.backup</c>: the names of the nodes that hold the session. For the balancer; left out by the primary
    /// where the request's route cookie says the same.
    /// </summary>
    public const string Route = "Session-Route";

    /// <summary>
    /// <c>1</c> where the session was lost, and the request ran with a new one; with
    /// <see cref="PartitionPolicy.Available"/> also where every node that held the session is out of reach, and the
    /// request found it without what it had, under the same identifier.
    /// </summary>
    public const string Lost = "Session-Lost";

    /// <summary>
    /// <c>1</c> on a 503 that was answered before the application ran: the request may be repeated, whatever its
    /// method.
    /// </summary>
    public const string NotExecuted = "Session-Not-Executed";

    /// <summary>
    /// Beside <see cref="NotExecuted"/>: what a client is told where no other node could serve the request either. For
    /// the balancer.
    /// </summary>
    public const string Reason = "Session-Cluster-Reason";

    /// <summary>
    /// <c>1</c> on a 503 where the application had run, but its change could not be made safe in time: it may come true
    /// later, whole or not at all. With the same <see cref="RequestKey"/> the request may be repeated.
    /// </summary>
    public const string OutcomeUnknown = "Session-Outcome-Unknown";

    /// <summary>
    /// <c>1</c> where the commit before this answer has recorded the request's key: whoever loses the answer may send
    /// the request again with its <see cref="RequestKey"/>, and it is not executed again. For the balancer.
    /// </summary>
    public const string OutcomeRecorded = "Session-Outcome-Recorded";

    /// <summary>
    /// In a request: 32 hexadecimal digits that name it through all its tries, and best sealed by
    /// <see cref="RequestKeySeal"/>, which also tells the try. Sent by the balancer, which lets no client's through.
    /// </summary>
    public const string RequestKey = "Session-Cluster-Request-Key";

    /// <summary>
    /// <c>1</c> where the request was executed before, and this is the answer that was recorded then.
    /// </summary>
    public const string Replayed = "Session-Replayed";
}
