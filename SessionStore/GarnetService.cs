using System.Globalization;
using Garnet;

namespace SessionCluster.SessionStore;

/// <summary>
/// Garnet in this process, in memory only, on <c>Store:Port</c> of the loopback interface. Its sessions end with it: it
/// is there so that shared sessions can be tried without an installation, not as anybody's production store.
/// </summary>
internal sealed class GarnetService(IConfiguration configuration) : IHostedService, IDisposable
{
    private const string MemoryMaximum = "512m";
    private GarnetServer? _server;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        int port = configuration.GetValue<int>("Store:Port");
        if (port is < 1 or > ushort.MaxValue)
        {
            throw new InvalidOperationException(
                $"Store:Port is '{configuration["Store:Port"]}': allowed is 1 to 65535.");
        }

        _server = new GarnetServer(
        [
            "--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--memory", MemoryMaximum,
        ]);
        _server.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _server?.Dispose();
}
