using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>All that the AppHost says.</summary>
internal static partial class Log
{
    // Tools look for these words to find the dashboard.
    [LoggerMessage(1, LogLevel.Information, "Login to the dashboard at {LoginUrl}")]
    public static partial void DashboardReady(this ILogger logger, string loginUrl);

    [LoggerMessage(2, LogLevel.Error, "The dashboard does not come up: {Reason}")]
    public static partial void DashboardFailed(this ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Critical, "The orchestrator (DCP) has ended, and everything with it")]
    public static partial void OrchestratorLost(this ILogger logger);

    [LoggerMessage(4, LogLevel.Debug, "The orchestrator did not confirm that all has ended")]
    public static partial void EndNotConfirmed(this ILogger logger, Exception error);

    [LoggerMessage(10, LogLevel.Error, "{Resource} could not be started: {Reason}")]
    public static partial void StartFailed(this ILogger logger, string resource, string reason);

    [LoggerMessage(11, LogLevel.Information, "Waiting for {Others} to be healthy")]
    public static partial void Waiting(this ILogger logger, string others);

    [LoggerMessage(12, LogLevel.Information, "Started without waiting any longer")]
    public static partial void WaitingNoMore(this ILogger logger);

    [LoggerMessage(13, LogLevel.Error, "What was to be done on readiness of {Resource} failed")]
    public static partial void ReadinessFailed(this ILogger logger, Exception error, string resource);
}
