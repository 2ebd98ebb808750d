using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>Asks running resources whether they are well, and says once a start that one has become ready.</summary>
internal sealed class HealthMonitor(
    ResourceNotificationService notifications, IServiceProvider services, ILogger<HealthMonitor> logger) : IDisposable
{
    private static readonly TimeSpan WhileHealthy = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MostWhileNot = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstWhileNot = TimeSpan.FromSeconds(1);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };

    public static HealthFinding[] Unasked(IResource resource) =>
        [.. resource.All<HealthCheckAnnotation>().Select(check => new HealthFinding(check.Key, null, "", null))];

    public async Task WatchAsync(IResource resource, string id, CancellationToken cancellation)
    {
        var failures = 0;
        while (!cancellation.IsCancellationRequested)
        {
            var running = await notifications.WaitForResourceAsync(id, IsRunning, cancellation);
            var starts = running.Snapshot.Starts;
            var reports = await Task.WhenAll(
                resource.All<HealthCheckAnnotation>().Select(check => AskAsync(check, cancellation)));
            notifications.Publish(
                resource, id, now => now.Starts == starts ? now with { Reports = [.. reports] } : now);
            var healthy = reports.All(report => report.Status == HealthStatus.Healthy);
            if (healthy && running.Snapshot.ReadyStarts != starts)
            {
                await TellReadyAsync(resource, cancellation);
                notifications.Publish(resource, id, now => now with { ReadyStarts = starts });
            }

            failures = healthy ? 0 : failures + 1;
            var pause = healthy ? WhileHealthy
                : running.Snapshot.ReadyStarts != starts ? FirstWhileNot
                : FirstWhileNot * Math.Min(failures, MostWhileNot / FirstWhileNot);
            await PauseAsync(id, starts, pause, cancellation);
        }
    }

    public void Dispose() => _http.Dispose();

    private static bool IsRunning(ResourceEvent change) => change.Snapshot.State?.Text == KnownResourceStates.Running;

    /// <summary>Waits, but not beyond the end of the process that was asked.</summary>
    private async Task PauseAsync(string id, int starts, TimeSpan pause, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(pause);
        await notifications.WaitForResourceAsync(id, change => !IsRunning(change)
            || change.Snapshot.Starts != starts, limit.Token)
            .ContinueWith(
                static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
    }

    private async Task<HealthFinding> AskAsync(HealthCheckAnnotation check, CancellationToken cancellation)
    {
        var address = check.Endpoint.Url + check.Path;
        try
        {
            using var answer = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var status = (int)answer.StatusCode;
            var text = string.Create(CultureInfo.InvariantCulture, $"{address} answered {status}.");
            return Report(status == check.StatusCode ? HealthStatus.Healthy : HealthStatus.Unhealthy, text);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException
            && !cancellation.IsCancellationRequested)
        {
            return Report(HealthStatus.Unhealthy, $"{address}: {error.Message}");
        }

        HealthFinding Report(HealthStatus status, string text) => new(check.Key, status, text, DateTime.UtcNow);
    }

    private async Task TellReadyAsync(IResource resource, CancellationToken cancellation)
    {
        foreach (var ready in resource.All<ReadyAnnotation>())
        {
            try
            {
                await ready.Callback(new ResourceReadyEvent(resource, services), cancellation);
            }
            catch (Exception error) when (error is not OperationCanceledException)    // somebody else's code
            {
                logger.ReadinessFailed(error, resource.Name);
            }
        }
    }
}
