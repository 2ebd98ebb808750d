using Microsoft.AspNetCore.Connections.Features;

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
    /// <param name="accepted">Now, on the clock.</param>
    /// <param name="time">The clock.</param>
    public NewConnection(
        IConnectionLifetimeNotificationFeature connection, TimeSpan patience, long accepted, TimeProvider time)
    {
        (_connection, _patience, _accepted, _time) = (connection, patience, accepted, time);
        ConnectionClosedRequested = _closing.Token;
        _registration = connection.ConnectionClosedRequested.Register(() => _close = CloseAsync());
    }

    /// <inheritdoc/>
    public CancellationToken ConnectionClosedRequested { get; set; }

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
