using System.Text.Json.Nodes;

namespace Aspire.Hosting.Dcp;

/// <summary>What a process shall be started with.</summary>
internal sealed record ExecutableSpec(
    string Path, string WorkingDirectory, IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>The services of the orchestrator whose port this process serves.</summary>
    public IReadOnlyList<string> Serves { get; init; } = [];
}

/// <summary>Processes and proxied ports, as objects of the orchestrator.</summary>
internal sealed class Executables(DcpClient dcp)
{
    private const string Kind = "executables";
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostToStop = TimeSpan.FromSeconds(20);

    // It has taken more than a minute over a process that had been killed, when it was asked once only.
    private static readonly TimeSpan MostToRemove = TimeSpan.FromSeconds(90);

    /// <summary>Starts a process.</summary>
    /// <returns>What tells this process from the last one of that name.</returns>
    public async Task<string> StartAsync(string name, ExecutableSpec spec, CancellationToken cancellation)
    {
        var item = Item("Executable", name, new JsonObject
        {
            ["executablePath"] = spec.Path,
            ["workingDirectory"] = spec.WorkingDirectory,
            ["args"] = new JsonArray([.. spec.Arguments.Select(argument => (JsonNode)argument)]),
            ["env"] = new JsonArray([.. spec.Environment.Select(Variable)]),
            ["executionType"] = "Process",
            ["ambientEnvironment"] = new JsonObject { ["behavior"] = "Inherit" },
        });
        var serves = new JsonArray([.. spec.Serves.Select(
            service => new JsonObject { ["serviceName"] = service, ["address"] = "localhost" })]);
        item["metadata"]!["annotations"] = new JsonObject { ["service-producer"] = serves.ToJsonString() };
        var created = await dcp.CreateAsync(Kind, item, cancellation);
        return (string)created["metadata"]!["uid"]!;

        static JsonNode Variable(KeyValuePair<string, string> variable) =>
            new JsonObject { ["name"] = variable.Key, ["value"] = variable.Value };
    }

    public async Task<bool> RunsAsync(string name, CancellationToken cancellation) =>
        await dcp.FindAsync(Kind, name, cancellation) is { } item && !HasEnded(item);

    /// <summary>Asks a process to end, insists after a while, and waits until it has.</summary>
    public async Task StopAsync(string name, CancellationToken cancellation)
    {
        if (!await RunsAsync(name, cancellation))
        {
            return;
        }

        await dcp.PatchAsync(
            DcpClient.PathOf(Kind, name), new JsonObject { ["spec"] = new JsonObject { ["stop"] = true } },
            cancellation);
        await UntilAsync($"`{name}` to end", async () => !await RunsAsync(name, cancellation), cancellation);
    }

    /// <summary>
    /// Removes what is left of a process, so that another can be started under its name. The orchestrator is asked until
    /// there is nothing: once in a long while it says yes, and does not act upon it.
    /// </summary>
    public Task RemoveAsync(string name, CancellationToken cancellation) => UntilAsync(
        $"`{name}` to be gone", async () => !await dcp.DeleteAsync(Kind, name, cancellation), cancellation, MostToRemove);

    /// <summary>Has the orchestrator listen on a port and forward to whoever serves the service.</summary>
    /// <returns>The port.</returns>
    public async Task<int> ProxyAsync(string service, int? port, CancellationToken cancellation)
    {
        var spec = new JsonObject
        {
            ["protocol"] = "TCP",
            ["address"] = "localhost",
            ["addressAllocationMode"] = "Localhost",
            ["port"] = port,
        };
        await dcp.CreateAsync("services", Item("Service", service, spec), cancellation);
        var effective = 0;
        await UntilAsync($"a port for {service}", async () =>
        {
            var item = await dcp.FindAsync("services", service, cancellation);
            effective = (int?)item?["status"]?["effectivePort"] ?? 0;
            return effective > 0;
        }, cancellation);
        return effective;
    }

    public IAsyncEnumerable<JsonObject> WatchAsync(CancellationToken cancellation) =>
        dcp.WatchAsync(Kind, cancellation);

    /// <summary>Ends the given processes, then all others, and then the orchestrator.</summary>
    public async Task ShutDownAsync(IEnumerable<string> first, CancellationToken cancellation)
    {
        const string Execution = "/admin/execution";
        await Task.WhenAll(first.Select(name => StopAsync(name, cancellation)));
        await dcp.PatchAsync(
            Execution, new JsonObject { ["status"] = "CleaningResources", ["shutdownResourceCleanup"] = "Full" },
            cancellation);
        await UntilAsync("all processes to end", async () =>
        {
            var left = await dcp.FindAsync(Kind, "", cancellation);
            return left?["items"] is JsonArray { Count: 0 };
        }, cancellation);
        await dcp.PatchAsync(
            Execution, new JsonObject { ["status"] = "Stopping", ["shutdownResourceCleanup"] = "Full" }, cancellation);
    }

    private static bool HasEnded(JsonObject item) =>
        (string?)item["status"]?["state"] is "Finished" or "Terminated" or "FailedToStart";

    private static JsonObject Item(string kind, string name, JsonObject spec) => new()
    {
        ["apiVersion"] = DcpClient.Group,
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = spec,
    };

    private static async Task UntilAsync(
        string what, Func<Task<bool>> reached, CancellationToken cancellation, TimeSpan? most = null)
    {
        var patience = most ?? MostToStop;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        while (!await reached())
        {
            try
            {
                await Task.Delay(BetweenLooks, limit.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new DistributedApplicationException(
                    $"The orchestrator (DCP) took more than {patience.TotalSeconds} s for {what}.");
            }
        }
    }
}
