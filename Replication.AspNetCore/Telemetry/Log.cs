using Microsoft.Extensions.Logging;

namespace SessionCluster.Replication.AspNetCore.Telemetry;

/// <summary>
/// What the node tells its operator: 1xx is about members, 2xx about sessions (the transport has its own, 3xx).
/// Information is what a human would tell a colleague; what concerns one session only is Debug. What is said of a death
/// is said in objects: lines of as many objects share their code, and lines of values have each their own, to be
/// compiled just then.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(101, LogLevel.Information, "Node {Node} starts, mode {Mode}, cluster of {Members}",
        EventName = nameof(NodeStarting))]
    public static partial void NodeStarting(this ILogger logger, NodeId node, ReplicationMode mode, int members);

    [LoggerMessage(120, LogLevel.Information,
        "Node {Node} starts, mode Shared", EventName = nameof(SharedNodeStarting))]
    public static partial void SharedNodeStarting(this ILogger logger, NodeId node);

    [LoggerMessage(121, LogLevel.Error,
        "The session store cannot be reached ({Reason}): requests get 503 until it is back",
        EventName = nameof(StoreLost))]
    public static partial void StoreLost(this ILogger logger, string reason);

    [LoggerMessage(122, LogLevel.Information, "The session store is back", EventName = nameof(StoreIsBack))]
    public static partial void StoreIsBack(this ILogger logger);

    [LoggerMessage(129, LogLevel.Error,
        "The session store {Trouble} ({Reason}): requests get 503 until that is mended",
        EventName = nameof(StoreRefuses))]
    public static partial void StoreRefuses(this ILogger logger, string trouble, string reason);

    [LoggerMessage(130, LogLevel.Information, "The session store does again what sessions need",
        EventName = nameof(StoreServes))]
    public static partial void StoreServes(this ILogger logger);

    [LoggerMessage(127, LogLevel.Warning,
        "The server {Server} of the session store cannot be reached ({Reason}): sessions that only it has get 503 "
        + "until it is back",
        EventName = nameof(StoreServerLost))]
    public static partial void StoreServerLost(this ILogger logger, string server, string reason);

    [LoggerMessage(128, LogLevel.Information, "The server {Server} of the session store is back",
        EventName = nameof(StoreServerIsBack))]
    public static partial void StoreServerIsBack(this ILogger logger, string server);

    [LoggerMessage(102, LogLevel.Information, "{View} is in force", EventName = nameof(ViewInForce))]
    public static partial void ViewInForce(this ILogger logger, View view);

    [LoggerMessage(103, LogLevel.Warning, "{View} is in force without this node",
        EventName = nameof(ViewWithoutThisNode))]
    public static partial void ViewWithoutThisNode(this ILogger logger, View view);

    [LoggerMessage(104, LogLevel.Warning, "Node {Node} is suspected after {SilenceMs} ms of silence",
        EventName = nameof(MemberSuspected))]
    public static partial void MemberSuspected(this ILogger logger, NodeId node, long silenceMs);

    [LoggerMessage(105, LogLevel.Information, "Node {Node} is heard again", EventName = nameof(MemberHeardAgain))]
    public static partial void MemberHeardAgain(this ILogger logger, NodeId node);

    [LoggerMessage(106, LogLevel.Warning, "Node {Node} is dead: its process {Incarnation} has ended",
        EventName = nameof(MemberDied))]
    public static partial void MemberDied(this ILogger logger, object node, object incarnation);

    [LoggerMessage(107, LogLevel.Information, "Node {Node} has handed over its sessions and left",
        EventName = nameof(MemberLeft))]
    public static partial void MemberLeft(this ILogger logger, NodeId node);

    [LoggerMessage(108, LogLevel.Information, "This node may serve", EventName = nameof(PermissionGained))]
    public static partial void PermissionGained(this ILogger logger);

    [LoggerMessage(109, LogLevel.Error, "This node hears no majority of the cluster and serves nothing until it does",
        EventName = nameof(PermissionLost))]
    public static partial void PermissionLost(this ILogger logger);

    [LoggerMessage(110, LogLevel.Warning, "This process was not scheduled for {GapMs} ms",
        EventName = nameof(SlownessNoticed))]
    public static partial void SlownessNoticed(this ILogger logger, long gapMs);

    [LoggerMessage(111, LogLevel.Information,
        "Drained: {Sessions} sessions handed over, {Unprotected} would be lost now",
        EventName = nameof(NodeDrained))]
    public static partial void NodeDrained(this ILogger logger, int sessions, int unprotected);

    [LoggerMessage(125, LogLevel.Error,
        "The drain is given up: nobody is left to take over {Sessions} sessions, and this node serves on",
        EventName = nameof(DrainGivenUp))]
    public static partial void DrainGivenUp(this ILogger logger, int sessions);

    [LoggerMessage(112, LogLevel.Warning, "Not drained after {Timeout}; {Sessions} sessions are left to their backups",
        EventName = nameof(DrainIncomplete))]
    public static partial void DrainIncomplete(this ILogger logger, TimeSpan timeout, int sessions);

    [LoggerMessage(113, LogLevel.Critical, "The replication failed and this process stops; its peers take over",
        EventName = nameof(LoopFailed))]
    public static partial void LoopFailed(this ILogger logger, Exception exception);

    [LoggerMessage(114, LogLevel.Information, "Node {Node} hands over its sessions", EventName = nameof(MemberLeaving))]
    public static partial void MemberLeaving(this ILogger logger, NodeId node);

    [LoggerMessage(126, LogLevel.Warning, "Node {Node} stays: nobody was left to take over its sessions",
        EventName = nameof(MemberStays))]
    public static partial void MemberStays(this ILogger logger, NodeId node);

    [LoggerMessage(115, LogLevel.Information, "This node drains: it takes no more requests; {Requests} still run",
        EventName = nameof(DrainBegun))]
    public static partial void DrainBegun(this ILogger logger, long requests);

    [LoggerMessage(116, LogLevel.Warning, "The drain does not wait any longer for {Requests} requests that still run",
        EventName = nameof(RequestsLeftBehind))]
    public static partial void RequestsLeftBehind(this ILogger logger, long requests);

    [LoggerMessage(117, LogLevel.Warning,
        "This node hears no majority of the cluster and goes on with those it hears: {View}",
        EventName = nameof(SidesDivided))]
    public static partial void SidesDivided(this ILogger logger, View view);

    [LoggerMessage(118, LogLevel.Information, "This node has handed in {Sessions} sessions and joins {View}",
        EventName = nameof(SidesReunited))]
    public static partial void SidesReunited(this ILogger logger, int sessions, View view);

    [LoggerMessage(123, LogLevel.Debug, "A failover was rehearsed in {Milliseconds} ms, with the session {Result}",
        EventName = nameof(FailoverRehearsed))]
    public static partial void FailoverRehearsed(this ILogger logger, LoadResult result, long milliseconds);

    [LoggerMessage(124, LogLevel.Warning, "No failover could be rehearsed: the first one may take longer",
        EventName = nameof(RehearsalFailed))]
    public static partial void RehearsalFailed(this ILogger logger, Exception exception);

    [LoggerMessage(201, LogLevel.Error, "{Count} sessions are lost: every node that held them has died",
        EventName = nameof(SessionsLost))]
    public static partial void SessionsLost(this ILogger logger, int count);

    [LoggerMessage(202, LogLevel.Information,
        "All sessions are protected again: {Sessions} new backups in {ElapsedMs} ms",
        EventName = nameof(ProtectionRestored))]
    public static partial void ProtectionRestored(this ILogger logger, object sessions, object elapsedMs);

    [LoggerMessage(203, LogLevel.Debug, "Session {Session} was promoted, now {Placement}",
        EventName = nameof(SessionPromoted))]
    public static partial void SessionPromoted(this ILogger logger, string session, Placement placement);

    [LoggerMessage(204, LogLevel.Debug, "Session {Session} was taken over from {Former}, now {Placement}",
        EventName = nameof(SessionTakenOver))]
    public static partial void SessionTakenOver(
        this ILogger logger, string session, NodeId former, Placement placement);

    [LoggerMessage(205, LogLevel.Debug, "Session {Session} is on {Placement}, created {Created}",
        EventName = nameof(SessionPlaced))]
    public static partial void SessionPlaced(this ILogger logger, string session, Placement placement, bool created);

    [LoggerMessage(206, LogLevel.Debug, "Session {Session} has ended, expired {Expired}",
        EventName = nameof(SessionEnded))]
    public static partial void SessionEnded(this ILogger logger, string session, bool expired);

    [LoggerMessage(213, LogLevel.Debug,
        "Session {Session} was merged with what {Node} had of it, {Overwritten} values overwritten",
        EventName = nameof(SessionMerged))]
    public static partial void SessionMerged(this ILogger logger, string session, NodeId node, int overwritten);

    [LoggerMessage(214, LogLevel.Warning,
        "Session {Session} had changed on both sides of a division: {Overwritten} values gave "
        + "way when it was merged with what {Node} had of it", EventName = nameof(ValuesOverwritten))]
    public static partial void ValuesOverwritten(this ILogger logger, string session, int overwritten, NodeId node);

    [LoggerMessage(215, LogLevel.Warning,
        "Session {Session} was begun anew: every copy is on the other side of a division, stands still, or is lost",
        EventName = nameof(SessionBegunAnew))]
    public static partial void SessionBegunAnew(this ILogger logger, string session);

    [LoggerMessage(207, LogLevel.Debug, "The copy of session {Session} on {Holder} was repaired",
        EventName = nameof(CopyRepaired))]
    public static partial void CopyRepaired(this ILogger logger, string session, NodeId holder);

    [LoggerMessage(208, LogLevel.Warning, "{Records} locations differed from those of {Peer} and were mended",
        EventName = nameof(LocationsRepaired))]
    public static partial void LocationsRepaired(this ILogger logger, int records, NodeId peer);

    [LoggerMessage(209, LogLevel.Warning, "A request was refused with {Status}: {Reason}",
        EventName = nameof(RequestRefused))]
    public static partial void RequestRefused(this ILogger logger, int status, string reason);

    [LoggerMessage(216, LogLevel.Warning,
        "Requests are refused with {Status} ({Reason}): how many is said when requests are served again",
        EventName = nameof(RefusalsBegan))]
    public static partial void RefusalsBegan(this ILogger logger, int status, string reason);

    [LoggerMessage(217, LogLevel.Information, "Requests are served again; {Requests} were refused",
        EventName = nameof(RefusalsEnded))]
    public static partial void RefusalsEnded(this ILogger logger, long requests);

    [LoggerMessage(210, LogLevel.Warning, "A response was cut off: the session changed after it had begun, and the "
        + "change could not be made safe ({Reason})", EventName = nameof(ResponseCutOff))]
    public static partial void ResponseCutOff(this ILogger logger, string reason);

    [LoggerMessage(211, LogLevel.Warning, "UseSessionReplication() is missing after UseSession(): sessions load with a "
        + "blocked thread, and responses leave before the session is safe", EventName = nameof(MiddlewareMissing))]
    public static partial void MiddlewareMissing(this ILogger logger);

    [LoggerMessage(212, LogLevel.Debug, "The application failed after its session was refused",
        EventName = nameof(ApplicationFailedAfterRefusal))]
    public static partial void ApplicationFailedAfterRefusal(this ILogger logger, Exception exception);
}
