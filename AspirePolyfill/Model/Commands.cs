using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Whether a command can be given now.</summary>
public enum ResourceCommandState
{
    /// <summary>It can.</summary>
    Enabled = 0,

    /// <summary>It is shown, and cannot be given.</summary>
    Disabled = 1,

    /// <summary>It is not shown.</summary>
    Hidden = 2,
}

/// <summary>How an icon is drawn.</summary>
public enum IconVariant
{
    /// <summary>As an outline.</summary>
    Regular = 0,

    /// <summary>Filled.</summary>
    Filled = 1,
}

/// <summary>The commands that every running resource has.</summary>
public static class KnownResourceCommands
{
    /// <summary>Starts a stopped resource.</summary>
    public static readonly string StartCommand = "start";

    /// <summary>Stops a running resource.</summary>
    public static readonly string StopCommand = "stop";

    /// <summary>Stops a running resource and starts it again.</summary>
    public static readonly string RestartCommand = "restart";
}

/// <summary>What a command's state is decided from.</summary>
public sealed class UpdateCommandStateContext
{
    /// <summary>The resource as it is.</summary>
    public required CustomResourceSnapshot ResourceSnapshot { get; init; }
}

/// <summary>How a command is shown, and when.</summary>
public class CommandOptions
{
    /// <summary>What it does, for a tooltip.</summary>
    public string? Description { get; set; }

    /// <summary>A question to ask before.</summary>
    public string? ConfirmationMessage { get; set; }

    /// <summary>The icon's name in Fluent UI.</summary>
    public string? IconName { get; set; }

    /// <summary>How the icon is drawn.</summary>
    public IconVariant? IconVariant { get; set; }

    /// <summary>Whether it has a button of its own.</summary>
    public bool IsHighlighted { get; set; }

    /// <summary>Decides whether it can be given now.</summary>
    public Func<UpdateCommandStateContext, ResourceCommandState>? UpdateState { get; set; }
}

/// <summary>What a command is executed with.</summary>
public sealed class ExecuteCommandContext
{
    internal ExecuteCommandContext(IServiceProvider services) => Services = services;

    /// <summary>The resource's instance.</summary>
    public required string ResourceName { get; init; }

    /// <summary>Ends the command early.</summary>
    public required CancellationToken CancellationToken { get; init; }

    /// <summary>Writes to the resource's console in the dashboard.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>The AppHost's services, under a name that only some versions of the public API have.</summary>
    internal IServiceProvider Services { get; }
}

/// <summary>What came of a command.</summary>
public sealed class ExecuteCommandResult
{
    /// <summary>Whether it was done.</summary>
    public required bool Success { get; init; }

    /// <summary>Whether it was given up.</summary>
    public bool Canceled { get; init; }

    /// <summary>What to tell the person who gave it.</summary>
    public string? Message { get; init; }
}

/// <summary>Makes results of commands.</summary>
public static class CommandResults
{
    /// <summary>It was done.</summary>
    /// <returns>The result.</returns>
    public static ExecuteCommandResult Success() => new() { Success = true };

    /// <summary>It was done, and there is something to say.</summary>
    /// <param name="message">What to say.</param>
    /// <returns>The result.</returns>
    public static ExecuteCommandResult Success(string message) => new() { Success = true, Message = message };

    /// <summary>It was not done.</summary>
    /// <param name="errorMessage">Why.</param>
    /// <returns>The result.</returns>
    public static ExecuteCommandResult Failure(string? errorMessage = null) =>
        new() { Success = false, Message = errorMessage };
}

internal sealed record CommandAnnotation(
    string Name,
    string DisplayName,
    Func<ExecuteCommandContext, Task<ExecuteCommandResult>> Execute,
    CommandOptions Options) : IResourceAnnotation;
