using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Wire;
using Aspire.Hosting.Running;
using Grpc.Core;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Dashboard;

/// <summary>Answers the dashboard.</summary>
internal sealed class DashboardService(
    RunSettings settings,
    ResourceNotificationService notifications,
    ResourceCommandService commands,
    ConsoleLogs logs,
    IHostApplicationLifetime server) : Wire.DashboardService.DashboardServiceBase
{
    public override Task<ApplicationInformationResponse> GetApplicationInformation(
        ApplicationInformationRequest request, ServerCallContext context) =>
        Task.FromResult(new ApplicationInformationResponse { ApplicationName = settings.ApplicationName });

    public override async Task WatchResources(
        WatchResourcesRequest request, IServerStreamWriter<WatchResourcesUpdate> stream, ServerCallContext context)
    {
        using var ended = Until(context);
        await stream.WriteAsync(new WatchResourcesUpdate { InitialData = new InitialResourceData() });
        try
        {
            await foreach (var change in notifications.WatchAsync(ended.Token))
            {
                var upsert = new WatchResourcesChange { Upsert = ResourceMessage.From(change) };
                await stream.WriteAsync(
                    new WatchResourcesUpdate { Changes = new() { Value = { upsert } } }, ended.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The dashboard hung up, or the AppHost ends.
        }
    }

    public override async Task WatchResourceConsoleLogs(
        WatchResourceConsoleLogsRequest request,
        IServerStreamWriter<WatchResourceConsoleLogsUpdate> stream,
        ServerCallContext context)
    {
        using var ended = Until(context);
        var number = 0;
        try
        {
            await foreach (var line in logs.ReadAsync(request.ResourceName, !request.SuppressFollow, ended.Token))
            {
                var message = new ConsoleLogLine { Text = line.Text, IsStdErr = line.IsError, LineNumber = ++number };
                await stream.WriteAsync(new WatchResourceConsoleLogsUpdate { LogLines = { message } }, ended.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // As above.
        }
    }

    public override async Task<ResourceCommandResponse> ExecuteResourceCommand(
        ResourceCommandRequest request, ServerCallContext context)
    {
        var result = await commands.ExecuteCommandAsync(
            request.ResourceName, request.CommandName, context.CancellationToken);
        var response = new ResourceCommandResponse
        {
            Kind = result switch
            {
                { Success: true } => ResourceCommandResponseKind.Succeeded,
                { Canceled: true } => ResourceCommandResponseKind.Cancelled,
                _ => ResourceCommandResponseKind.Failed,
            },
        };
        if (result.Message is { } message)
        {
            response.Message = message;
        }

        return response;
    }

    public override async Task WatchInteractions(
        IAsyncStreamReader<WatchInteractionsRequestUpdate> requests,
        IServerStreamWriter<WatchInteractionsResponseUpdate> stream,
        ServerCallContext context)
    {
        using var ended = Until(context);
        await Task.Delay(Timeout.Infinite, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private CancellationTokenSource Until(ServerCallContext context) =>
        CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, server.ApplicationStopping);
}
