using Aspire.Hosting.Running;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Gives resources commands, for tests and for the dashboard.</summary>
public class ResourceCommandService
{
    private readonly ResourceNotificationService _notifications;
    private readonly ConsoleLogs _logs;
    private readonly IServiceProvider _services;

    internal ResourceCommandService(
        ResourceNotificationService notifications, ConsoleLogs logs, IServiceProvider services)
    {
        _notifications = notifications;
        _logs = logs;
        _services = services;
    }

    /// <summary>Executes a command.</summary>
    /// <param name="resourceId">The resource's name or instance.</param>
    /// <param name="commandName">The command.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What came of it.</returns>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(
        string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        if (!_notifications.TryGetCurrentState(resourceId, out var current))
        {
            return CommandResults.Failure($"There is no resource `{resourceId}`.");
        }

        var command = current.Resource.All<CommandAnnotation>().LastOrDefault(known => known.Name == commandName);
        if (command is null)
        {
            return CommandResults.Failure($"`{current.Resource.Name}` has no command `{commandName}`.");
        }

        var logger = _logs.LoggerOf(current.ResourceId);
        try
        {
            return await command.Execute(new ExecuteCommandContext(_services)
            {
                ResourceName = current.ResourceId,
                CancellationToken = cancellationToken,
                Logger = logger,
            });
        }
        catch (OperationCanceledException)
        {
            return new ExecuteCommandResult { Success = false, Canceled = true };
        }
        catch (Exception error)    // a command is somebody else's code: what it throws is its result
        {
            return CommandResults.Failure(error.Message);
        }
    }

    /// <summary>Executes a command.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="commandName">The command.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What came of it.</returns>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(
        IResource resource, string commandName, CancellationToken cancellationToken = default) =>
        ExecuteCommandAsync(resource.Name, commandName, cancellationToken);

    internal static ResourceCommandState StateOf(CommandAnnotation command, CustomResourceSnapshot snapshot) =>
        command.Options.UpdateState?.Invoke(
            new UpdateCommandStateContext { ResourceSnapshot = snapshot }) ?? ResourceCommandState.Enabled;
}
