using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using static Aspire.Hosting.ApplicationModel.ResourceCommandState;

namespace Aspire.Hosting.Running;

/// <summary>Start, Stop and Restart, and when each can be given.</summary>
internal static class LifecycleCommands
{
    public static IEnumerable<CommandAnnotation> All =>
    [
        new(KnownResourceCommands.StartCommand, "Start", context => Of(context).StartAsync(
            context.ResourceName, context.CancellationToken).Done(), new()
        {
            Description = "Start this resource",
            IconName = "Play",
            IconVariant = IconVariant.Filled,
            IsHighlighted = true,
            UpdateState = context => StateOf(context) switch
            {
                null or "Starting" => Disabled,
                "Waiting" or "NotStarted" or "Finished" or "Exited" or "FailedToStart" => Enabled,
                _ => Hidden,
            },
        }),
        new(KnownResourceCommands.StopCommand, "Stop", context => Of(context).StopAsync(
            context.ResourceName, context.CancellationToken).Done(), new()
        {
            Description = "Stop this resource",
            IconName = "Stop",
            IconVariant = IconVariant.Filled,
            IsHighlighted = true,
            UpdateState = context => StateOf(context) switch
            {
                "Running" => Enabled,
                "Stopping" => Disabled,
                _ => Hidden,
            },
        }),
        new(KnownResourceCommands.RestartCommand, "Restart", context => Of(context).RestartAsync(
            context.ResourceName, context.CancellationToken).Done(), new()
        {
            Description = "Stop this resource and start it again",
            IconName = "ArrowCounterclockwise",
            UpdateState = context => StateOf(context) is "Running" ? Enabled : Disabled,
        }),
    ];

    private static string? StateOf(UpdateCommandStateContext context) => context.ResourceSnapshot.State?.Text;

    private static Lifecycle Of(ExecuteCommandContext context) => context.Services.GetRequiredService<Lifecycle>();

    private static async Task<ExecuteCommandResult> Done(this Task work)
    {
        await work;
        return CommandResults.Success();
    }
}
