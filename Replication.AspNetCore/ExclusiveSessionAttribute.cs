namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Requests of the endpoint have the session for themselves, one after the other, on whichever nodes they run: for
/// those that read a value, compute and write it. Other endpoints' requests are not held up; what they set under the
/// same key may still be overwritten. A request waits at most <see cref="ReplicationOptions.CommitTimeout"/> for those
/// before it, and is then answered with 503 without having run. The session is released when the request ends or its
/// client disconnects.
/// </summary>
/// <remarks>
/// Needed for one key only: requests that set different keys at the same time lose nothing anyhow. A request in whose
/// course the session's primary changes, which only happens when this node was given up for dead, commits nothing and
/// is answered with 503. In mode <see cref="ReplicationMode.Shared"/> a lock in the store does nearly the same: it is
/// kept until the request ends, also after its client has gone, and for half a minute at most; a request that takes
/// longer is not protected for the rest of it.
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method | AttributeTargets.Delegate)]
public sealed class ExclusiveSessionAttribute : Attribute;
