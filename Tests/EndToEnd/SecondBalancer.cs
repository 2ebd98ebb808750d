using Microsoft.AspNetCore.Builder;
using SessionCluster.Balancer;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>
/// Another balancer before the running cluster, in this process. It is no member, and knows the cluster's secret.
/// </summary>
internal sealed class SecondBalancer : IAsyncDisposable
{
    private readonly string[] _settings;
    private WebApplication _app;

    private SecondBalancer(string[] settings, WebApplication app, Uri address) =>
        (_settings, _app, Address) = (settings, app, address);

    /// <summary>Where it listens; the host is the first balancer's, so a browser sends it the same cookies.</summary>
    public Uri Address { get; }

    public static async Task<SecondBalancer> StartAsync(RunningCluster cluster)
    {
        string[] settings =
        [
            $"--Replication:Secret={cluster.Secret}",
            "--Logging:LogLevel:Default=None",
            .. RunningCluster.NodeNames.Select(
                node => $"--Balancer:Nodes:{node}={cluster.AddressOf(node).GetLeftPart(UriPartial.Authority)}"),
        ];
        var app = await StartAsync(settings, port: 0);
        var address = new Uri($"http://{cluster.BalancerAddress.Host}:{new Uri(app.Urls.Single()).Port}/");
        return new SecondBalancer(settings, app, address);
    }

    /// <summary>Ends it, with the requests that it has, and starts it again at the same address.</summary>
    public async Task RestartAsync()
    {
        await DisposeAsync();
        _app = await StartAsync(_settings, Address.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private static async Task<WebApplication> StartAsync(string[] settings, int port)
    {
        var app = BalancerApplication.Create([$"--urls=http://127.0.0.1:{port}", .. settings]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
