namespace SessionCluster.AppHost;

/// <summary>The button that takes a node out of service: nobody's request fails, nobody's session is lost.</summary>
internal static class DrainCommand
{
    private static readonly TimeSpan MostToDrain = TimeSpan.FromSeconds(60);

    public static void WithDrainCommand(
        this IResourceBuilder<ProjectResource> node, EndpointReference balancer, ParameterResource operatorKey) =>
        node.WithCommand(
            "drain",
            "Drain",
            context => DrainAsync(node, balancer, operatorKey, context.CancellationToken),
            new CommandOptions
            {
                Description =
                    "No more requests, sessions handed over, running requests finished; then it is safe to stop it",
                IconName = "ArrowExit",
                IconVariant = IconVariant.Filled,
                UpdateState = context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running
                    ? ResourceCommandState.Enabled
                    : ResourceCommandState.Disabled,
            });

    private static async Task<ExecuteCommandResult> DrainAsync(
        IResourceBuilder<ProjectResource> node,
        EndpointReference balancer,
        ParameterResource operatorKey,
        CancellationToken cancellation)
    {
        using var control = new NodeControl(balancer, operatorKey);
        try
        {
            await control.DrainAsync(node.Resource.Name, cancellation);
            await control.UntilAsync<StopReport>(
                node.GetEndpoint("http"),
                "/_node/safe-to-stop",
                "drained",
                said => said is { Status: "drained", Safe: true },
                MostToDrain,
                cancellation);
            return CommandResults.Success("Drained: it is safe to stop or restart it.");
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException or TimeoutException)
        {
            return CommandResults.Failure($"The node could not be drained: {error.Message}");
        }
    }
}
