using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>Brings the whole model up, and down again.</summary>
internal sealed class Orchestrator(
    ResourceModel model,
    RunSettings settings,
    DcpClient dcp,
    Executables executables,
    Lifecycle lifecycle,
    HealthMonitor health,
    DashboardProcess dashboard,
    ResourceNotificationService notifications,
    IHostApplicationLifetime host,
    ILogger<DistributedApplication> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan MostToStop = TimeSpan.FromSeconds(15);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _work = [];
    private bool _connected;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var parameter in model.OfType<ParameterResource>())
        {
            notifications.Publish(parameter, parameter.Name, now => now with
            {
                ResourceType = "Parameter",
                State = KnownResourceStates.Running,
                Facts = [("Value", parameter.Current, parameter.Secret)],
            });
        }

        var projects = model.OfType<ProjectResource>().Select(
            project => (Project: project, Id: lifecycle.Register(project))).ToList();
        await dcp.ConnectAsync(cancellationToken);
        _connected = true;
        await AllocateAsync(cancellationToken);
        _work.Add(WatchProcessesAsync());
        if (settings.WithDashboard)
        {
            await dashboard.StartAsync(cancellationToken);
            _work.Add(Task.Run(() => dashboard.AnnounceAsync(_stopping.Token), CancellationToken.None));
        }

        foreach (var (project, id) in projects)
        {
            _work.Add(Task.Run(() => health.WatchAsync(project, id, _stopping.Token), CancellationToken.None));
            _work.Add(Task.Run(() => StartAsync(project, id), CancellationToken.None));
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        if (_connected)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(MostToStop);
            try
            {
                // The dashboard after the projects: else each waits in vain to hand it its last telemetry.
                await executables.ShutDownAsync(lifecycle.Ids, limit.Token);
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException
                or DistributedApplicationException)
            {
                // It cleans up by itself when this process ends.
                logger.EndNotConfirmed(error);
            }
        }

        await Task.WhenAll(_work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task StartAsync(ProjectResource project, string id)
    {
        try
        {
            await lifecycle.BringUpAsync(id, _stopping.Token);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            logger.StartFailed(project.Name, error.Message);
        }
    }

    /// <summary>Gives every endpoint its port before the first process starts: each may be told any other's.</summary>
    private async Task AllocateAsync(CancellationToken cancellation)
    {
        var endpoints = model.SelectMany(
            resource => resource.All<Endpoint>(), (resource, endpoint) => (resource, endpoint)).ToList();
        var taken = endpoints.Select(known => known.endpoint.FixedPort).OfType<int>().ToHashSet();
        foreach (var (resource, endpoint) in endpoints)
        {
            endpoint.AllocatedPort = endpoint.Proxied
                ? await executables.ProxyAsync(
                    ProjectLaunch.ServiceName(resource, endpoint), endpoint.FixedPort, cancellation)
                : endpoint.FixedPort ?? PortAllocator.Pick(taken);
        }
    }

    private async Task WatchProcessesAsync()
    {
        await lifecycle.FollowAsync(_stopping.Token);
        logger.OrchestratorLost();
        host.StopApplication();
    }
}
