using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>
/// The whole cluster as the AppHost starts it: real processes, real sockets, any free ports, no dashboard.
/// </summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    public static readonly IReadOnlyList<string> NodeNames = ["node1", "node2", "node3", "node4"];
    public const string Balancer = "balancer";
    private const string SecretParameter = "Parameters:cluster-secret";
    private readonly IDistributedApplicationTestingBuilder _appHost;
    private readonly DistributedApplication _app;
    private readonly Browser _observer;

    private RunningCluster(IDistributedApplicationTestingBuilder appHost, DistributedApplication app)
    {
        _appHost = appHost;
        _app = app;
        _observer = NewBrowser();
        Table = new ClusterTable(_observer);
    }

    /// <summary>What the balancer shows.</summary>
    public ClusterTable Table { get; }

    public static async Task<RunningCluster> StartAsync(string mode, params string[] switches)
    {
        using var patience = new CancellationTokenSource(Patience.ClusterStart);
        var appHost = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            ["--mode", mode, "--balancer-port", "0", .. switches], patience.Token);
        appHost.Configuration[SecretParameter] = RandomNumberGenerator.GetHexString(48);
        var app = await appHost.BuildAsync(patience.Token);
        try
        {
            await app.StartAsync(patience.Token);
            foreach (var member in NodeNames.Append(Balancer))
            {
                await app.ResourceNotifications.WaitForResourceHealthyAsync(member, patience.Token);
            }

            return new RunningCluster(appHost, app);
        }
        catch
        {
            await app.DisposeAsync();
            await appHost.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// A new visitor, without cookies; and one who knocks again, if need be, until the balancer lets him in.
    /// </summary>
    public Browser NewBrowser(bool waitsForBalancer = false) => new(BalancerAddress, waitsForBalancer);

    public Uri AddressOf(string node) => _app.GetEndpoint(node, "http");

    /// <summary>The one address that clients know.</summary>
    public Uri BalancerAddress => _app.GetEndpoint(Balancer, "http");

    /// <summary>What all members know.</summary>
    public string Secret => _appHost.Configuration[SecretParameter]!;

    /// <summary>Asks the node itself: the AppHost knows its launcher's process only.</summary>
    public async Task<int> ProcessIdOfAsync(string node)
    {
        using var http = _app.CreateHttpClient(node, "http");
        var self = await http.GetFromJsonAsync<NodeIdentity>("/_node", Cancellation);
        return self!.ProcessId;
    }

    /// <summary>Asks a node itself.</summary>
    public Task<T> AskAsync<T>(string node, string path) => _observer.ReadAsync<T>(new Uri(AddressOf(node), path));

    /// <summary>What a member has written to its console, as the AppHost's dashboard would show it.</summary>
    public async Task<IReadOnlyList<string>> OutputOfAsync(string member)
    {
        var known = await _app.ResourceNotifications.WaitForResourceAsync(member, static _ => true, Cancellation);
        List<string> lines = [];
        await foreach (var portion in _app.Services.GetRequiredService<ResourceLoggerService>()
            .GetAllAsync(known.ResourceId).WithCancellation(Cancellation))
        {
            lines.AddRange(portion.Select(line => line.Content));
        }

        return lines;
    }

    /// <summary>Kills the nodes' own processes, all at once: no farewell. Dispose what comes back, and they are up
    /// again.
    /// </summary>
    public async Task<Outage> CrashAsync(params string[] nodes)
    {
        var ids = await Task.WhenAll(nodes.Select(ProcessIdOfAsync));
        var processes = ids.Select(Process.GetProcessById).ToList();
        if (ids.Length > 1)
        {
            // Frozen first: between two kills the others could make new copies of what is to be lost, in milliseconds.
            await Task.WhenAll(ids.Select(id => Pause.SignalAsync("STOP", id)));
        }

        processes.ForEach(process => process.Kill());
        foreach (var process in processes)
        {
            await process.WaitForExitAsync(Cancellation);
            process.Dispose();
        }

        return new Outage(this, nodes);
    }

    /// <summary>Gives a node a command, as its button in the dashboard does.</summary>
    public Task CommandAsync(string node, string command) => CommandAsync(node, command, Patience.NodeStart);

    /// <summary>Restarts all nodes, one after the other; each has the time that one has.</summary>
    public Task RollingRestartAsync() =>
        CommandAsync(Balancer, "rolling-restart", NodeNames.Count * Patience.NodeStart);

    private async Task CommandAsync(string node, string command, TimeSpan patience)
    {
        using var limit = Limit(patience);
        var result = await _app.ResourceCommands.ExecuteCommandAsync(node, command, limit.Token);
        Assert.True(result.Success, $"{command} on {node}: {result.Message}");
    }

    /// <summary>
    /// Starts a node that was killed, and waits until it is healthy: joined, with all locations learnt.
    /// </summary>
    public async Task StartNodeAsync(string node)
    {
        using var end = Limit(Patience.NodeEnd);
        await _app.ResourceNotifications.WaitForResourceAsync(
            node, change => KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text ?? ""), end.Token);
        await CommandAsync(node, KnownResourceCommands.StartCommand);
        await BecomesHealthyAsync(node);
    }

    /// <summary>Waits until a node that is on its way up is healthy.</summary>
    public async Task BecomesHealthyAsync(string node)
    {
        using var limit = Limit(Patience.NodeStart);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync(
            node, WaitBehavior.WaitOnResourceUnavailable, limit.Token);
    }

    /// <summary>
    /// Stops the node's process without its knowledge, as a long pause of the machine would. Dispose what comes back,
    /// and it goes on.
    /// </summary>
    public async Task<Pause> FreezeAsync(string node) => await Pause.BeginAsync(await ProcessIdOfAsync(node));

    /// <summary>Waits until the balancer shows the node as up, or as anything else.</summary>
    public Task<NodesPage> SeenByBalancerAsync(string node, bool up) => Eventually.SeeAsync(
        $"{node} {(up ? "up" : "not up")} on the balancer's page",
        Patience.Protection,
        Table.NodesAsync,
        page => page[node].IsUp == up);

    /// <summary>Waits until every session has all its copies.</summary>
    public Task AllProtectedAsync() => Eventually.SeeAsync(
        "all nodes up and all sessions protected",
        Patience.Protection,
        () => Task.WhenAll(NodeNames.Select(node => AskAsync<StopReport>(node, "/_node/safe-to-stop"))),
        seen => seen.All(node => node is { Status: "up", Unprotected: 0 }));

    public async ValueTask DisposeAsync()
    {
        _observer.Dispose();
        await _app.DisposeAsync();
        await _appHost.DisposeAsync();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static CancellationTokenSource Limit(TimeSpan patience)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(patience);
        return limit;
    }

    private sealed record NodeIdentity(int ProcessId);

    private sealed record StopReport(string Status, int Unprotected);

    /// <summary>The time that nodes are dead. It ends when this is disposed, if it has not ended before.</summary>
    public sealed class Outage(RunningCluster cluster, params string[] nodes) : IAsyncDisposable
    {
        private bool _over;

        public async Task EndAsync()
        {
            _over = true;
            await Task.WhenAll(nodes.Select(cluster.StartNodeAsync));
            foreach (var node in nodes)
            {
                await cluster.SeenByBalancerAsync(node, up: true);
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (!_over)
            {
                await EndAsync();
            }
        }
    }
}
