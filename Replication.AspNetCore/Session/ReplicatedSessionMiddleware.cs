using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using SessionCluster.Replication.AspNetCore.Diagnostics;
using SessionCluster.Replication.AspNetCore.Hosting;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Stands right after the stock session middleware: loads the session before the application runs, and makes it safe
/// before the first byte of the response leaves.
/// </summary>
internal sealed class ReplicatedSessionMiddleware(
    RequestDelegate next,
    SessionMiddlewareSettings settings,
    SessionCookie cookie,
    RequestGate gate,
    RunningRequests running,
    RequestKeySeal seal,
    ReplicationMetrics metrics,
    RequestRefusals refusals,
    ILogger<ReplicatedSessionMiddleware> logger)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<NodeEndpointMetadata>() is not null)
        {
            // Who looks at a node must not draw his own session there.
            return next(context);
        }

        if (context.Features.Get<ISessionFeature>()?.Session is not ReplicatedSession session)
        {
            throw new InvalidOperationException(
                "UseSessionReplication() must stand right after UseSession(), with no ISessionStore but its own.");
        }

        if (NodeEndpoints.IsProbe(context.Request.Path))
        {
            return RunAsync(context, session, null).AsTask();
        }

        metrics.RequestServed();
        return EnterAsync(context, session);
    }

    private async Task EnterAsync(HttpContext context, ReplicatedSession session)
    {
        if (!gate.TryEnter())
        {
            // The node drains: nothing has been executed, and another node will.
            var unavailable = new SessionReplicationException(SessionFailure.Unavailable);
            await RefuseUnexecutedAsync(context, new ResponseCookie(context, cookie), unavailable);
            return;
        }

        try
        {
            await (RequestKey.Of(context.Request, seal) is { } key
                ? RunOnceAsync(context, session, key)
                : RunAsync(context, session, null));
        }
        finally
        {
            gate.Leave();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunOnceAsync(HttpContext context, ReplicatedSession session, RequestKey key)
    {
        IDisposable run;
        try
        {
            run = await running.EnterAsync(key.Key, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        using (run)
        {
            await RunAsync(context, session, key);
        }
    }

    private ValueTask RunAsync(HttpContext context, ReplicatedSession session, RequestKey? key)
    {
        session.IsExclusive = context.GetEndpoint()?.Metadata.GetMetadata<ExclusiveSessionAttribute>() is not null;
        return session.IsExclusive
            ? RunExclusivelyAsync(context, session, key)
            : LoadAndRunAsync(context, session, key);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunExclusivelyAsync(HttpContext context, ReplicatedSession session, RequestKey? key)
    {
        // A client that has gone must not keep others waiting for what a handler still does in its name.
        await using CancellationTokenRegistration gone = context.RequestAborted.UnsafeRegister(
            static state => _ = ((ReplicatedSession)state!).ReleaseAsync().AsTask(), session);
        try
        {
            await LoadAndRunAsync(context, session, key);
        }
        finally
        {
            await session.ReleaseAsync();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask LoadAndRunAsync(HttpContext context, ReplicatedSession session, RequestKey? key)
    {
        var responseCookie = new ResponseCookie(context, cookie);
        session.Attach(responseCookie, key);
        context.Features.Set<IReplicatedSessionFeature>(session);
        await session.LoadAsync();
        if (context.RequestAborted.IsCancellationRequested)
        {
            // A process that stood still finds requests whose clients have long gone elsewhere, and have written more
            // since. Nobody waits for the answer: it is better not to run than to run late.
            context.Abort();
            return;
        }

        try
        {
            session.ThrowUnlessReady();
        }
        catch (SessionReplicationException exception) when (
            exception.Failure == SessionFailure.Lost && settings.LostPolicy == LostSessionPolicy.StartNew)
        {
            session.ReplaceLost();
        }
        catch (SessionReplicationException exception)
        {
            await RefuseUnexecutedAsync(context, responseCookie, exception);
            return;
        }

        await RunUnlessExecutedAsync(context, session, responseCookie, key);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunUnlessExecutedAsync(
        HttpContext context, ReplicatedSession session, ResponseCookie responseCookie, RequestKey? key)
    {
        RecordedOutcome? outcome;
        try
        {
            outcome = await session.FindEarlierTryAsync();
        }
        catch (SessionReplicationException exception)
        {
            // Nobody who could tell is reached; so this try has not executed anything either.
            await RefuseUnexecutedAsync(context, responseCookie, exception);
            return;
        }

        if (outcome is null && session.MayHaveForgottenEarlierTry)
        {
            settings.WriteHeaders(context.Response, session);
            await Replay.RefuseAsync(context);
            return;
        }

        await (outcome is null
            ? RunApplicationAsync(context, session, responseCookie, key)
            : new ValueTask(ReplayAsync(context, session, outcome)));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunApplicationAsync(
        HttpContext context, ReplicatedSession session, ResponseCookie responseCookie, RequestKey? key)
    {
        IHttpResponseBodyFeature inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var body = new SessionResponseBody(context, session, inner, settings, recordsAnswer: key is not null);
        if (key is { } unseen)
        {
            session.Outcome.RecordUnder(unseen);
        }

        context.Features.Set<IHttpResponseBodyFeature>(body);
        body.CommitBeforeUpgrade(responseCookie);
        SessionReplicationException? refusal = null;
        try
        {
            await next(context);
            await body.EndAsync();
        }
        catch (Exception exception) when (body.Refusal is not null || exception is SessionReplicationException)
        {
            // The application met the refusal in its own way, whatever that was; the answer is ours.
            refusal = body.Refusal ?? (SessionReplicationException)exception;
            logger.ApplicationFailedAfterRefusal(exception);
        }
        catch
        {
            // See docs/decisions/0012: a request that failed has changed nothing.
            session.Discard();
            throw;
        }
        finally
        {
            context.Features.Set(inner);
            body.Release();
        }

        if (refusal is not null)
        {
            session.Discard();
            await RefuseAsync(context, session, responseCookie, refusal, key);
        }
        else if (session.Placement is not null)
        {
            refusals.Served();
        }
    }

    /// <summary>
    /// The request was executed before: its client gets the answer of then, and where the session is now.
    /// </summary>
    private Task ReplayAsync(HttpContext context, ReplicatedSession session, RecordedOutcome outcome)
    {
        metrics.Replayed();
        settings.WriteHeaders(context.Response, session);
        return Replay.WriteAsync(context, outcome);
    }

    private Task RefuseUnexecutedAsync(
        HttpContext context, ResponseCookie responseCookie, SessionReplicationException exception)
    {
        context.Response.Headers[ReplicationHeaders.NotExecuted] = "1";
        return AnswerAsync(context, responseCookie, exception);
    }

    private async Task RefuseAsync(
        HttpContext context,
        ReplicatedSession session,
        ResponseCookie responseCookie,
        SessionReplicationException exception,
        RequestKey? key)
    {
        if (context.Response.HasStarted)
        {
            // A head that promises success is out already: a broken connection is the one honest answer that is left.
            refusals.CutOff(exception);
            context.Abort();
            return;
        }

        context.Response.Clear();

        // What is asked from here on must not wait for what this very request holds.
        await session.ReleaseAsync();
        if (exception.Failure == SessionFailure.Repeated && key is { } repeated
            && await session.FindOutcomeAsync(repeated.Key) is { } outcome)
        {
            await ReplayAsync(context, session, outcome);
            return;
        }

        if (exception.Failure is SessionFailure.Unavailable or SessionFailure.Repeated)
        {
            context.Response.Headers[ReplicationHeaders.OutcomeUnknown] = "1";
        }

        await AnswerAsync(context, responseCookie, exception);
    }

    private Task AnswerAsync(HttpContext context, ResponseCookie responseCookie, SessionReplicationException exception)
    {
        int status = SessionProblem.StatusOf(exception.Failure, settings.LostPolicy);
        if (status == StatusCodes.Status410Gone && responseCookie.TryReserve())
        {
            responseCookie.DeleteAtStart();
        }

        refusals.Refused(status, exception);
        return SessionProblem.WriteAsync(context, exception, status);
    }
}
