namespace SessionCluster.Replication;

/// <summary>
/// What a request answered, kept with the session in the same commit as the request's change: a request that is sent
/// again finds its answer here and is not executed twice.
/// </summary>
/// <param name="RequestKey">Identifies the request; the sender makes it unique.</param>
/// <param name="Response">The answer as the shell encodes it; opaque here. Empty where it is not kept.</param>
public sealed record RecordedOutcome(Guid RequestKey, byte[] Response)
{
    /// <summary>
    /// When it was recorded, in tenths of a second on a clock of the session's own, which stands while its leadership
    /// goes from one node to another: differences are never more than what has passed. Never before the one that was
    /// recorded before it. Default 0; the primary sets it.
    /// </summary>
    public long At { get; init; }
}
