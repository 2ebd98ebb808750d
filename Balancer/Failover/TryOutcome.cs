using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace SessionCluster.Balancer.Failover;

/// <summary>How a try ended, in the word that traces and metrics have for it.</summary>
internal static class TryOutcome
{
    /// <summary>The client has a whole response.</summary>
    public const string Answered = "answered";

    /// <summary>The client went away, or sent something that cannot be forwarded.</summary>
    public const string ClientGone = "client_gone";

    /// <summary>The exchange stood still for longer than <c>Balancer:ActivityTimeout</c>.</summary>
    public const string TimedOut = "timed_out";

    /// <summary>The client has a part of a response: the node was lost meanwhile.</summary>
    public const string BrokenOff = "broken_off";

    /// <summary>The word for a try that failed, or for one that is the last in any case.</summary>
    public static string Of(HttpContext context, TryFailure failure) =>
        failure != TryFailure.None ? failure.Word() : Ending(context);

    private static string Ending(HttpContext context) => context.Features.Get<IForwarderErrorFeature>()?.Error switch
    {
        null or ForwarderError.None => Answered,
        ForwarderError.RequestTimedOut or ForwarderError.UpgradeActivityTimeout => TimedOut,
        ForwarderError.ResponseBodyDestination or ForwarderError.UpgradeResponseDestination
            or ForwarderError.UpgradeRequestDestination => BrokenOff,
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyClient or ForwarderError.ResponseBodyClient
            or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient => ClientGone,
        _ when context.RequestAborted.IsCancellationRequested => ClientGone,

        // A cancellation that is not the client's is that of the time-out.
        ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled
            or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled => TimedOut,
        _ => BrokenOff,
    };
}
