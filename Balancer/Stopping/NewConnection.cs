using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Balancer.Stopping;

/// <summary>
/// Tells a client's connection that the balancer ends. Kestrel would end at once whatever connection has no request;
/// but whoever has just connected is about to send one, and could not know afterwards whether it was executed. So a new
/// connection gets the time for it.
/// </summary>
internal sealed class NewConnection : IConnectionLifetimeNotificationFeature, IAsyncDisposable
{
    private readonly IConnectionLifetimeNotificationFeature _connection;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly long _accepted;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _isNewNoMore = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _registration;
    private Task _close = Task.CompletedTask;

    /// <summary>A connection that was accepted just now.</summary>
    /// <param name="connection">What tells that it is to close.</param>
    /// <param name="patience">How long from now on its first request is waited for.</param>
    /// <param name="time">The clock.</param>
    public NewConnection(IConnectionLifetimeNotificationFeature connection, TimeSpan patience, TimeProvider time)
    {
        (_connection, _patience, _time) = (connection, patience, time);
        _accepted = time.GetTimestamp();
        ConnectionClosedRequested = _closing.Token;
        _registration = connection.ConnectionClosedRequested.Register(() => _close = CloseAsync());
    }

    /// <inheritdoc/>
    public CancellationToken ConnectionClosedRequested { get; set; }

    /// <summary>Has the connections of an endpoint told in this way.</summary>
    public static ConnectionDelegate Serve(
        ConnectionDelegate next, TimeSpan patience, TimeProvider time) => async connection =>
    {
        if (connection.Features.Get<IConnectionLifetimeNotificationFeature>() is not { } feature)
        {
            await next(connection);
            return;
        }

        await using var told = new NewConnection(feature, patience, time);
        connection.Features.Set<IConnectionLifetimeNotificationFeature>(told);
        await next(connection);
    };

    /// <summary>Notes that a connection has its first request.</summary>
    public static Task NoteRequest(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IConnectionLifetimeNotificationFeature>() is NewConnection connection)
        {
            connection.NoteRequest();
        }

        return next(context);
    }

    /// <summary>Notes that the first request has come: what runs is waited for by Kestrel itself.</summary>
    public void NoteRequest() => _isNewNoMore.TrySetResult();

    /// <inheritdoc/>
    public void RequestClose() => _connection.RequestClose();

    /// <summary>The connection has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _registration.DisposeAsync();
        _isNewNoMore.TrySetResult();
        await _close;
        _closing.Dispose();
    }

    private async Task CloseAsync()
    {
        TimeSpan left = _patience - _time.GetElapsedTime(_accepted);
        if (left > TimeSpan.Zero)
        {
            await Task.WhenAny(_isNewNoMore.Task, Task.Delay(left, _time));
        }

        await _closing.CancelAsync();
    }
}
