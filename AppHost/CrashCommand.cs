using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace SessionCluster.AppHost;

/// <summary>
/// The button that kills a node's or the store's own process: no farewell, no signal that it could catch.
/// </summary>
internal static class CrashCommand
{
    private static readonly TimeSpan MostToAnswer = TimeSpan.FromSeconds(5);

    public static IResourceBuilder<ProjectResource> WithCrashCommand(this IResourceBuilder<ProjectResource> node) =>
        node.WithCommand(
            "crash",
            "Crash",
            context => KillAsync(node.GetEndpoint("http"), context.CancellationToken),
            new CommandOptions
            {
                Description = "Kill the process (SIGKILL), as a power cut would",
                IconName = "Flash",
                IconVariant = IconVariant.Filled,
                IsHighlighted = true,
                UpdateState = context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running
                    ? ResourceCommandState.Enabled
                    : ResourceCommandState.Disabled,
            });

    /// <summary>The AppHost knows the launcher's process only; the process itself knows which one it is.</summary>
    private static async Task<ExecuteCommandResult> KillAsync(EndpointReference node, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = MostToAnswer };
        try
        {
            var self = await http.GetFromJsonAsync<NodeIdentity>(node.Url + "/_node", cancellation);
            using var process = Process.GetProcessById(self!.ProcessId);
            process.Kill();
            return CommandResults.Success(
                string.Create(CultureInfo.InvariantCulture, $"Process {self.ProcessId} was killed."));
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException or ArgumentException)
        {
            return CommandResults.Failure($"The node could not be killed: {error.Message}");
        }
    }

    private sealed record NodeIdentity(int ProcessId);
}
