using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SessionCluster.Balancer.Health;
using SessionCluster.Balancer.Routing;
using SessionCluster.Balancer.Telemetry;
using SessionCluster.Replication.AspNetCore;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// Sends a client's request to another node where one failed and the request may be repeated. It stands outermost in
/// the proxy's pipeline, so that every try passes affinity, choice and health anew.
/// </summary>
internal sealed class FailoverMiddleware(
    RequestDelegate next,
    FailoverOptions options,
    RetryBudget budget,
    NodeHealth health,
    BalancerTelemetry telemetry,
    TimeProvider time,
    RequestKeySeal? seal = null)
{
    /// <summary>Forwards the request, as often as it takes and is allowed.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        budget.Earn();
        using ReplayableBody? body = WrapBody(context.Request);
        var request = new ForwardedRequest(context.Request.Method, body);
        context.Features.Set(request);
        Guid key = request.IsSafe ? Guid.Empty : RequestKeySource.Next();
        long began = time.GetTimestamp();
        for (int number = 1; ; number++)
        {
            if (!request.IsSafe)
            {
                // By this the node that is asked again knows what the session has already done. Where the balancer has
                // not the cluster's secret there is no seal, and what an earlier try has begun is not found.
                request.KeyText = seal?.Write(key, number) ?? key.ToString("N");
            }

            TryFailure failure;
            using (Activity? span = telemetry.BeginTry(number))
            {
                await next(context);
                failure = Judge(context, request);
                EndTry(span, context, failure);
            }

            if (failure == TryFailure.None)
            {
                return;
            }

            string? obstacle = Obstacle(context.Request, request, number, time.GetElapsedTime(began));
            if (obstacle is null && !BeginNextTry(context, request))
            {
                obstacle = "no_node_left";
            }

            // Last of all: a try that nobody is left for shall not cost one that somebody is.
            obstacle ??= budget.TrySpend() ? null : "budget";

            if (obstacle is not null)
            {
                telemetry.Refused(obstacle);
                await Refusal.WriteAsync(context, request);
                return;
            }
        }
    }

    private void EndTry(Activity? span, HttpContext context, TryFailure failure)
    {
        if (telemetry.TellsOfTries(span))
        {
            telemetry.EndTry(
                span,
                context.GetReverseProxyFeature().ProxiedDestination?.DestinationId,
                TryOutcome.Of(context, failure));
        }
    }

    /// <summary>Whether the try failed in a way that another node could mend.</summary>
    private static TryFailure Judge(HttpContext context, ForwardedRequest request)
    {
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return TryFailure.None;
        }

        return context.Features.Get<IForwarderErrorFeature>()?.Error switch
        {
            // The client broke off, the client's body was at fault, or the time-out of the whole exchange passed.
            ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient
                or ForwarderError.RequestTimedOut => TryFailure.None,

            // The head came, the body did not, and the client has seen neither.
            ForwarderError.ResponseBodyDestination when request.Failure == TryFailure.None =>
                request.Failure = TryFailure.ConnectionLost,
            _ => request.Failure,
        };
    }

    /// <summary>Why the request may not be tried again; null where it may.</summary>
    private string? Obstacle(HttpRequest sent, ForwardedRequest request, int number, TimeSpan elapsed) => request switch
    {
        { Body.CanReplay: false } => "body_too_long",
        _ when request.Failure.LeavesOutcomeUnknown() && !IsRepeatable(sent, request) => "outcome_unknown",
        _ when number > options.FurtherTries => "tries",
        _ when elapsed > options.Deadline => "deadline",
        _ => null,
    };

    /// <summary>Whether a request that may have been executed takes effect once also where it is sent again.</summary>
    private bool IsRepeatable(HttpRequest sent, ForwardedRequest request) =>
        request.IsIdempotent
        || (options.RepeatsUnknownOutcome && request.MayBeRecorded && (seal is not null || MayHaveSession(sent)));

    /// <summary>A key that is not sealed leads only to the session of the request's own cookie.</summary>
    private static bool MayHaveSession(HttpRequest sent) =>
        sent.Cookies.Any(static cookie => cookie.Key != SessionRoute.CookieName);

    /// <summary>Removes all that the failed try has left behind; false where no other node is left.</summary>
    private bool BeginNextTry(HttpContext context, ForwardedRequest request)
    {
        IReverseProxyFeature proxy = context.GetReverseProxyFeature();
        request.BeginNextTry(proxy.ProxiedDestination);
        context.Response.Clear();
        context.Features.Set<IForwarderErrorFeature>(null);
        proxy.ProxiedDestination = null;
        proxy.AvailableDestinations = NextNodes(request, proxy.Route.Cluster!.DestinationsState);
        return proxy.AvailableDestinations.Count > 0;
    }

    /// <summary>Those who may be asked next: the best of those who have not been.</summary>
    private IReadOnlyList<DestinationState> NextNodes(ForwardedRequest request, ClusterDestinationsState nodes)
    {
        IReadOnlyList<DestinationState> available = request.Untried(nodes.AvailableDestinations);
        if (available.Count > 0)
        {
            return available;
        }

        // A node that is out may have come back since, and the probe that will tell is still to come. Asking it costs a
        // refused connection; not asking it costs the client an error.
        IReadOnlyList<DestinationState> rest = request.Untried(nodes.AllDestinations);
        IReadOnlyList<DestinationState> doubtful = [.. rest.Where(node => !health.IsEjected(node))];
        return doubtful.Count > 0 ? doubtful : rest;
    }

    private ReplayableBody? WrapBody(HttpRequest request)
    {
        if (request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false)
        {
            return null;
        }

        var body = new ReplayableBody(request.Body, request.ContentLength, options.BodyBytes);
        request.Body = body;
        return body;
    }
}
