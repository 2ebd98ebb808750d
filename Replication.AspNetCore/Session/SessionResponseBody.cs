using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The response's body until the session is safe: what the application writes is held back, the session is committed
/// when the request ends, flushes or writes more than is held, and only then the first byte leaves. See
/// docs/decisions/0011. Later changes are committed before the next byte leaves.
/// </summary>
internal sealed partial class SessionResponseBody(
    HttpContext context,
    ICommittedSession session,
    IHttpResponseBodyFeature inner,
    SessionMiddlewareSettings settings,
    bool recordsAnswer)
    : Stream, IHttpResponseBodyFeature
{
    private HeldBytes _held;
    private HeldBodyWriter? _writer;
    private int _heldMaximum = recordsAnswer
        ? Math.Max(settings.HeldMaximum, settings.OutcomeMaximum)
        : settings.HeldMaximum;

    private bool _mayKeepAnswer = recordsAnswer;
    private bool _isWhole;

    Stream IHttpResponseBodyFeature.Stream => this;

    public PipeWriter Writer => _writer ??= new HeldBodyWriter(this, inner);

    /// <summary>Why nothing may leave any more; nothing as long as all is well.</summary>
    public SessionReplicationException? Refusal { get; private set; }

    /// <summary>Whether bytes are held; else they pass.</summary>
    public bool IsHolding { get; private set; } = true;

    public int HeldLength => _held.Length;

    /// <summary>
    /// Whether a flush does nothing yet: the answer is to be recorded with the request's change, and must be whole for
    /// that. Streams of events are not kept, as somebody waits for each of them.
    /// </summary>
    public bool WaitsForWholeAnswer =>
        IsHolding && _mayKeepAnswer && Refusal is null && _held.Length <= settings.OutcomeMaximum
        && context.Response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) != true;

    /// <summary>The request has ended: what is held is the whole answer.</summary>
    /// <exception cref="SessionReplicationException">The session cannot be made safe: nothing passes.</exception>
    public ValueTask EndAsync()
    {
        if (_mayKeepAnswer && IsHolding && session.HasChanges)
        {
            session.Answer(RecordedResponse.Encode(context.Response, _held.Written.Span, settings.OutcomeMaximum));
        }

        _isWhole = true;
        return LetPassAsync(CancellationToken.None);
    }

    /// <summary>Makes the session safe, and lets pass what is held and all that follows.</summary>
    /// <exception cref="SessionReplicationException">The session cannot be made safe: nothing passes.</exception>
    public ValueTask LetPassAsync(CancellationToken cancellationToken)
    {
        if (Refusal is not null)
        {
            throw Refusal;
        }

        return IsHolding || session.HasChanges ? CommitAndPassAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <summary>An upgraded connection, for example a web socket, starts its response beside the body.</summary>
    public void CommitBeforeUpgrade(ResponseCookie cookie)
    {
        bool upgrades = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };
        if (upgrades)
        {
            // Callbacks run last in, first out: the commit decides about the cookie, so it is registered after it.
            cookie.TryReserve();
            context.Response.OnStarting(static state => ((SessionResponseBody)state).CommitUnlessRefusedAsync(), this);
        }
    }

    private Task CommitUnlessRefusedAsync() => Refusal is null ? CommitAsync().AsTask() : Task.CompletedTask;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CommitAsync()
    {
        try
        {
            await session.MakeSafeAsync();
        }
        catch (SessionReplicationException exception)
        {
            Refusal = exception;
            _held.Release();
            throw;
        }

        if (!context.Response.HasStarted)
        {
            settings.WriteHeaders(context.Response, session);
            if (session.IsOutcomeRecorded)
            {
                context.Response.Headers[ReplicationHeaders.OutcomeRecorded] = "1";
            }
        }
    }

    /// <summary>Forgets what is held.</summary>
    public void Release() => _held.Release();

    public void DisableBuffering()
    {
        (_heldMaximum, _mayKeepAnswer) = (0, false);
        inner.DisableBuffering();
    }

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (!WaitsForWholeAnswer)
        {
            await LetPassAsync(cancellationToken);
            await inner.StartAsync(cancellationToken);
        }
    }

    public async Task SendFileAsync(
        string path, long offset, long? count, CancellationToken cancellationToken = default)
    {
        await LetPassAsync(cancellationToken);
        await inner.SendFileAsync(path, offset, count, cancellationToken);
    }

    public async Task CompleteAsync()
    {
        await EndAsync();
        await inner.CompleteAsync();
    }

    /// <summary>Memory of the writer while it is held.</summary>
    public Memory<byte> GetHeldMemory(int sizeHint) => _held.GetMemory(sizeHint);

    public void AdvanceHeld(int count) => _held.Advance(count);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CommitAndPassAsync(CancellationToken cancellationToken)
    {
        await CommitAsync();
        if (!IsHolding)
        {
            return;
        }

        IsHolding = false;
        if (_held.Length > 0)
        {
            if (_isWhole)
            {
                ResponseLength.Set(context, _held.Length);
            }

            await inner.Stream.WriteAsync(_held.Written, cancellationToken);
        }

        _held.Release();
    }
}
