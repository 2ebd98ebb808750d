using Microsoft.AspNetCore.Builder;
using SessionCluster.Balancer;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace SessionCluster.Tests.Balancer;

/// <summary>The real balancer before stub nodes, all in this process, all on loopback.</summary>
internal sealed class BalancerUnderTest : IAsyncDisposable
{
    /// <summary>
    /// Nodes are in this process, which may be busy: none is to be taken for frozen where a test does not want it. Who
    /// does says so with a time of its own.
    /// </summary>
    private static readonly string[] MuchPatience =
    [
        "--Balancer:Retry:AliveTimeout=00:00:05",
        "--Balancer:ReportTimeout=00:00:10",
        "--Balancer:ProbeTimeout=00:00:10",
    ];

    private readonly WebApplication _app;

    private BalancerUnderTest(WebApplication app, IReadOnlyList<StubNode> nodes)
    {
        _app = app;
        Nodes = nodes;
    }

    public IReadOnlyList<StubNode> Nodes { get; }

    public Uri Address => new(_app.Urls.Single());

    public IServiceProvider Services => _app.Services;

    public StubNode this[string name] => Nodes.Single(node => node.Name == name);

    /// <summary>Starts nodes <c>node1</c>… and a balancer before them.</summary>
    /// <param name="nodeCount">How many nodes.</param>
    /// <param name="settings">For example <c>Balancer:ProbeInterval=00:01:00</c>.</param>
    public static async Task<BalancerUnderTest> StartAsync(int nodeCount, params string[] settings)
    {
        StubNode[] nodes = await Task.WhenAll(
            Enumerable.Range(1, nodeCount).Select(number => StubNode.StartAsync($"node{number}")));
        return await StartBeforeAsync(nodes, [], settings);
    }

    /// <summary>Starts nodes <c>node1</c>… that speak HTTP/2 as well, and a balancer that forwards by it.</summary>
    public static async Task<BalancerUnderTest> StartWithHttp2Async(int nodeCount, params string[] settings)
    {
        StubNode[] nodes = await Task.WhenAll(
            Enumerable.Range(1, nodeCount).Select(number => StubNode.StartWithHttp2Async($"node{number}")));
        return await StartBeforeAsync(
            nodes, [], [.. nodes.Select(node => $"Balancer:Http2:{node.Name}={node.Http2Address}"), .. settings]);
    }

    /// <summary>
    /// Starts a balancer before a node that misbehaves, <c>node1</c>, and one that does not, <c>node2</c>.
    /// </summary>
    public static async Task<BalancerUnderTest> StartBeforeAsync(RawNode bad, params string[] settings) =>
        await StartBeforeAsync([await StubNode.StartAsync("node2")], [bad], settings);

    /// <summary>Starts a balancer before these nodes.</summary>
    public static async Task<BalancerUnderTest> StartBeforeAsync(
        IReadOnlyList<StubNode> nodes, IReadOnlyList<RawNode> bad, params string[] settings)
    {
        string[] arguments =
        [
            "--urls=http://127.0.0.1:0",
            "--Logging:LogLevel:Default=None",
            .. nodes.Select(node => $"--Balancer:Nodes:{node.Name}={node.Address}"),
            .. bad.Select(node => $"--Balancer:Nodes:{node.Name}={node.Address}"),
            .. MuchPatience,
            .. settings.Select(setting => "--" + setting),
        ];
        WebApplication app = BalancerApplication.Create(arguments);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new BalancerUnderTest(app, nodes);
    }

    /// <summary>A client that keeps cookies, as a browser does, or one that does not.</summary>
    public HttpClient Client(bool withCookies = true) =>
        new(new SocketsHttpHandler { UseCookies = withCookies, AllowAutoRedirect = false }) { BaseAddress = Address };

    /// <summary>Ends the balancer, as SIGTERM does: what has begun is waited for.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    /// <summary>Waits until the balancer sends requests to exactly these nodes.</summary>
    public async Task UntilAvailableAsync(params string[] names)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (!Available().SequenceEqual(names))
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>The nodes that requests go to, in order.</summary>
    public IEnumerable<string> Available()
    {
        var lookup = (IProxyStateLookup)Services.GetService(typeof(IProxyStateLookup))!;
        return lookup.TryGetCluster("nodes", out ClusterState? cluster)
            ? cluster.DestinationsState.AvailableDestinations.Select(node => node.DestinationId).Order()
            : [];
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await Task.WhenAll(Nodes.Select(node => node.StopAsync()));
    }
}
