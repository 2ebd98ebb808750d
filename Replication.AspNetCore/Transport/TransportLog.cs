using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// What the transport tells a human. No secret, key or value is ever among it. What is said of a death is said in
/// objects: lines of as many objects share their code, and lines of values have each their own, to be compiled just
/// then.
/// </summary>
internal static partial class TransportLog
{
    [LoggerMessage(300, LogLevel.Information, "Listening for peers on {EndPoint}", EventName = nameof(Listening))]
    public static partial void Listening(this ILogger logger, EndPoint endPoint);

    [LoggerMessage(301, LogLevel.Information, "Link to {Peer} is up", EventName = nameof(LinkIsUp))]
    public static partial void LinkIsUp(this ILogger logger, object peer);

    [LoggerMessage(302, LogLevel.Information, "Link to {Peer} has ended: {End}", EventName = nameof(LinkHasEnded))]
    public static partial void LinkHasEnded(this ILogger logger, object peer, object end);

    [LoggerMessage(303, LogLevel.Warning, "Closed the link to {Peer} because of a frame: {Flaw}",
        EventName = nameof(FrameWasBad))]
    public static partial void FrameWasBad(this ILogger logger, Member peer, string flaw);

    [LoggerMessage(304, LogLevel.Warning,
        "Closed the link to {Peer} because more than {MaximumBytes} bytes waited to be sent to it",
        EventName = nameof(QueueOverflowed))]
    public static partial void QueueOverflowed(this ILogger logger, Member peer, long maximumBytes);

    [LoggerMessage(305, LogLevel.Warning, "Closed the link to {Peer} after {SilenceMs} ms of silence",
        EventName = nameof(LinkWasSilent))]
    public static partial void LinkWasSilent(this ILogger logger, Member peer, long silenceMs);

    [LoggerMessage(306, LogLevel.Warning,
        "Refused the connection with {Remote}: {Reason} ({Repeated} more like this in the last minute)",
        EventName = nameof(ConnectionRefused))]
    public static partial void ConnectionRefused(this ILogger logger, string remote, string reason, int repeated);

    [LoggerMessage(307, LogLevel.Debug, "A connection with {Remote} did not become a link: {Reason}",
        EventName = nameof(ConnectionUnfinished))]
    public static partial void ConnectionUnfinished(this ILogger logger, string remote, string reason);

    [LoggerMessage(308, LogLevel.Error,
        "Dropped a message of kind {Kind} to {Peer} that no receiver would take: {Reason}",
        EventName = nameof(MessageWasTooLarge))]
    public static partial void MessageWasTooLarge(this ILogger logger, string kind, Member peer, string reason);

    [LoggerMessage(309, LogLevel.Debug, "Nothing listens at {EndPoint}, where {Peer} should",
        EventName = nameof(NothingListens))]
    public static partial void NothingListens(this ILogger logger, EndPoint endPoint, NodeId peer);

    [LoggerMessage(310, LogLevel.Error, "The link to {Peer} ended by an error of this program",
        EventName = nameof(LinkFailedUnexpectedly))]
    public static partial void LinkFailedUnexpectedly(this ILogger logger, Exception exception, Member peer);

    [LoggerMessage(311, LogLevel.Warning, "Dialing {Peer} at {EndPoint} failed: {Reason}",
        EventName = nameof(DialFailed))]
    public static partial void DialFailed(this ILogger logger, NodeId peer, EndPoint endPoint, SocketError reason);

    [LoggerMessage(316, LogLevel.Error,
        "{Peer} ends each link as soon as it is up, and its log says why. Where a newer process has this node's name, "
        + "this one serves nothing any more",
        EventName = nameof(LinksAreBrief))]
    public static partial void LinksAreBrief(this ILogger logger, NodeId peer);

    [LoggerMessage(312, LogLevel.Error, "Accepting connections from peers failed", EventName = nameof(AcceptFailed))]
    public static partial void AcceptFailed(this ILogger logger, Exception exception);

    [LoggerMessage(313, LogLevel.Error, "A connection with {Remote} ended by an error of this program",
        EventName = nameof(OpeningFailed))]
    public static partial void OpeningFailed(this ILogger logger, Exception exception, string remote);

    [LoggerMessage(314, LogLevel.Error, "The transport does a part of its work no more, by an error of this program",
        EventName = nameof(TransportFailed))]
    public static partial void TransportFailed(this ILogger logger, Exception exception);

    [LoggerMessage(312, LogLevel.Warning,
        "{Peer} has SuspectAfter = {Theirs} and this member {Ours}; the longer one holds between the two",
        EventName = nameof(TimesDiffer))]
    public static partial void TimesDiffer(this ILogger logger, Member peer, TimeSpan theirs, TimeSpan ours);
}
