namespace SessionCluster.Balancer.Failover;

/// <summary>How a try failed, which decides who may have executed what.</summary>
internal enum TryFailure
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>No connection could be made: the node has not heard of the request.</summary>
    NothingSent,

    /// <summary>The node says that it did not execute the request, for example because it drains.</summary>
    NotExecuted,

    /// <summary>
    /// The node executed the request and could not make its change safe in time; it may come true later.
    /// </summary>
    NotConfirmed,

    /// <summary>The connection was lost before the response; the request may have been executed.</summary>
    ConnectionLost,

    /// <summary>The node fell silent, and to other questions as well; it may still execute the request.</summary>
    Frozen,
}

/// <summary>What follows from a failure.</summary>
internal static class TryFailures
{
    /// <summary>Whether the request may have been executed.</summary>
    public static bool LeavesOutcomeUnknown(this TryFailure failure) =>
        failure is TryFailure.NotConfirmed or TryFailure.ConnectionLost or TryFailure.Frozen;

    /// <summary>The word for traces and metrics.</summary>
    public static string Word(this TryFailure failure) => failure switch
    {
        TryFailure.NothingSent => "nothing_sent",
        TryFailure.NotExecuted => "not_executed",
        TryFailure.NotConfirmed => "not_confirmed",
        TryFailure.ConnectionLost => "connection_lost",
        TryFailure.Frozen => "frozen",
        _ => "none",
    };
}
