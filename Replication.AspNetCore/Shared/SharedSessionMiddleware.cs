using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using SessionCluster.Replication.AspNetCore.Diagnostics;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// In mode <see cref="ReplicationMode.Shared"/>: loads the session before the application runs, commits it before the
/// first byte of the response leaves, and answers 503 where the store cannot be reached, 409 where another request has
/// ended the session meanwhile.
/// </summary>
internal sealed class SharedSessionMiddleware(
    RequestDelegate next,
    SessionMiddlewareSettings settings,
    SessionCookie cookie,
    ReplicationMetrics metrics,
    RequestRefusals refusals,
    ILogger<SharedSessionMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        // Probes have no session, and must be answered also while the store is away.
        if (NodeEndpoints.IsProbe(context.Request.Path))
        {
            await next(context);
            return;
        }

        if (context.Features.Get<ISessionFeature>()?.Session is not SharedSession session)
        {
            throw new InvalidOperationException(
                "UseSessionReplication() must stand right after UseSession(), with no ISessionStore but its own.");
        }

        metrics.RequestServed();
        context.Features.Set<IReplicatedSessionFeature>(session);
        bool isExclusive = context.GetEndpoint()?.Metadata.GetMetadata<ExclusiveSessionAttribute>() is not null;
        SharedExclusion? exclusion;
        try
        {
            exclusion = isExclusive && !session.IsNew
                ? await session.TakeExclusivelyAsync(context.RequestAborted)
                : null;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer.
            session.Discard();
            return;
        }
        catch (SessionReplicationException exception)
        {
            await RefuseUnexecutedAsync(context, session, exception);
            return;
        }

        await using (exclusion)
        {
            await LoadAndRunAsync(context, session);
        }
    }

    private async Task LoadAndRunAsync(HttpContext context, SharedSession session)
    {
        var responseCookie = new ResponseCookie(context, cookie);
        session.Attach(responseCookie);
        try
        {
            await session.LoadAsync();
        }
        catch (SessionReplicationException exception)
        {
            await RefuseUnexecutedAsync(context, session, exception);
            return;
        }

        await RunApplicationAsync(context, session, responseCookie);
    }

    private Task RefuseUnexecutedAsync(
        HttpContext context, SharedSession session, SessionReplicationException exception)
    {
        session.Discard();
        if (!exception.IsSameElsewhere)
        {
            // By this the balancer asks another node. That would wait for the same store, and the client for both.
            context.Response.Headers[ReplicationHeaders.NotExecuted] = "1";
            context.Response.Headers[ReplicationHeaders.Reason] = exception.Message;
        }

        return AnswerAsync(context, exception);
    }

    private async Task RunApplicationAsync(HttpContext context, SharedSession session, ResponseCookie responseCookie)
    {
        IHttpResponseBodyFeature inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var body = new SessionResponseBody(context, session, inner, settings, recordsAnswer: false);
        context.Features.Set<IHttpResponseBodyFeature>(body);
        body.CommitBeforeUpgrade(responseCookie);
        SessionReplicationException? refusal = null;
        try
        {
            await next(context);
            await body.LetPassAsync(CancellationToken.None);
        }
        catch (Exception exception) when (body.Refusal is not null || exception is SessionReplicationException)
        {
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
            await RefuseAsync(context, refusal);
        }
        else if (session.Exists)
        {
            refusals.Served();
        }
    }

    private Task RefuseAsync(HttpContext context, SessionReplicationException exception)
    {
        if (context.Response.HasStarted)
        {
            refusals.CutOff(exception);
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        return AnswerAsync(context, exception);
    }

    private Task AnswerAsync(HttpContext context, SessionReplicationException exception)
    {
        int status = SessionProblem.StatusOf(exception.Failure, settings.LostPolicy);
        refusals.Refused(status, exception);
        return SessionProblem.WriteAsync(context, exception, status);
    }
}
