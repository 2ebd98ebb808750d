using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SessionCluster.AppHost;

/// <summary>
/// The button that restarts all nodes, one after another, under whatever load there is. Each is drained first, and none
/// before the one before it is up again, also for the balancer, and every session has all its copies.
/// </summary>
internal static partial class RollingRestartCommand
{
    private static readonly TimeSpan MostToProtect = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MostToStart = TimeSpan.FromSeconds(60);

    /// <param name="balancer">Gets the button.</param>
    /// <param name="nodes">What is restarted, in this order.</param>
    /// <param name="operatorKey">Lets the command drain nodes.</param>
    /// <param name="application">Asked for when the command runs: it is built after its commands. The command's context
    /// knows it too, as ServiceProvider until Aspire 13.5 and as Services from 13.6 on.</param>
    public static void WithRollingRestartCommand(
        this IResourceBuilder<ProjectResource> balancer,
        IReadOnlyList<IResourceBuilder<ProjectResource>> nodes,
        ParameterResource operatorKey,
        Func<DistributedApplication> application) =>
        balancer.WithCommand(
            "rolling-restart",
            "Rolling restart",
            context => RestartAllAsync(balancer, nodes, operatorKey, application(), context),
            new CommandOptions
            {
                Description = "Restart all nodes one after another, each only when nothing is lost by it",
                IconName = "ArrowRepeatAll",
                ConfirmationMessage = "Restart all nodes, one after another?",
                UpdateState = context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running
                    ? ResourceCommandState.Enabled
                    : ResourceCommandState.Disabled,
            });

    private static async Task<ExecuteCommandResult> RestartAllAsync(
        IResourceBuilder<ProjectResource> balancer,
        IReadOnlyList<IResourceBuilder<ProjectResource>> nodes,
        ParameterResource operatorKey,
        DistributedApplication application,
        ExecuteCommandContext context)
    {
        using var control = new NodeControl(balancer.GetEndpoint("http"), operatorKey);
        try
        {
            foreach (var node in nodes)
            {
                await UntilProtectedAsync(control, nodes, context.CancellationToken);
                Restarting(context.Logger, node.Resource.Name);
                await RestartAsync(control, application.ResourceCommands, node, context.CancellationToken);
            }

            await UntilProtectedAsync(control, nodes, context.CancellationToken);
            return CommandResults.Success(
                string.Create(CultureInfo.InvariantCulture, $"{nodes.Count} nodes were restarted."));
        }
        catch (Exception error) when (
            error is HttpRequestException or TaskCanceledException or TimeoutException or InvalidOperationException)
        {
            return CommandResults.Failure($"The rolling restart ended early: {error.Message}");
        }
    }

    private static async Task UntilProtectedAsync(
        NodeControl control, IReadOnlyList<IResourceBuilder<ProjectResource>> nodes, CancellationToken cancellation)
    {
        foreach (var node in nodes)
        {
            await control.UntilAsync<StopReport>(
                node.GetEndpoint("http"),
                "/_node/safe-to-stop",
                "up with all its sessions protected",
                said => said is { Status: "up", Safe: true, Unprotected: 0 },
                MostToProtect,
                cancellation);
        }
    }

    private static async Task RestartAsync(
        NodeControl control,
        ResourceCommandService commands,
        IResourceBuilder<ProjectResource> node,
        CancellationToken cancellation)
    {
        var endpoint = node.GetEndpoint("http");
        var former = await control.IncarnationAsync(endpoint, cancellation);
        await control.DrainAsync(node.Resource.Name, cancellation);
        await control.UntilAsync<StopReport>(
            endpoint,
            "/_node/safe-to-stop",
            "drained",
            said => said is { Status: "drained", Safe: true },
            MostToProtect,
            cancellation);
        var restarted = await commands.ExecuteCommandAsync(
            node.Resource, KnownResourceCommands.RestartCommand, cancellation);
        if (!restarted.Success)
        {
            throw new InvalidOperationException($"{node.Resource.Name} does not restart.");
        }

        await control.UntilAsync<NodeIdentity>(
            endpoint,
            "/_node",
            "up again",
            said => said.Ready && said.Incarnation != former,
            MostToStart,
            cancellation);

        // Until the balancer knows, the node that is drained next may be the only one that it sends requests to.
        await control.UntilServingAsync(node.Resource.Name, MostToStart, cancellation);
    }

    [LoggerMessage(1, LogLevel.Information, "Rolling restart: {Node} is next", EventName = nameof(Restarting))]
    private static partial void Restarting(ILogger logger, string node);
}
