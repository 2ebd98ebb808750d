using System.Net;
using System.Net.Sockets;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary>
/// Passes TCP connections on and counts what they carry in both directions: so the wire is counted by neither of those
/// who use it. TCP's and IP's own headers are not counted.
/// </summary>
internal sealed class CountingRelay : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly int _target;
    private long _bytes;

    public CountingRelay(int target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public long Bytes => Interlocked.Read(ref _bytes);

    public void Dispose()
    {
        _ending.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = PassAsync(await _listener.AcceptSocketAsync(_ending.Token));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // Disposed.
        }
    }

    private async Task PassAsync(Socket near)
    {
        using Socket client = near;
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            client.NoDelay = server.NoDelay = true;
            await server.ConnectAsync(IPAddress.Loopback, _target, _ending.Token);
            await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // Either end has closed, or does not listen; both ends see it when the sockets are disposed.
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[BufferBytes];
        int count;
        while ((count = await from.ReceiveAsync(buffer, _ending.Token)) > 0)
        {
            Interlocked.Add(ref _bytes, count);
            await to.SendAsync(buffer.AsMemory(0, count), _ending.Token);
        }
    }
}
