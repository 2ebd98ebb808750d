using System.Net;
using System.Net.Sockets;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>
/// Stands before a server and closes the connections of the first who come, once they have said something; all others it
/// lets through.
/// </summary>
internal sealed class SlammingDoor : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _behind;
    private int _slams;

    /// <param name="behind">The server's port.</param>
    /// <param name="slams">How many are turned away.</param>
    public SlammingDoor(int behind, int slams)
    {
        (_behind, _slams) = (behind, slams);
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Where to knock.</summary>
    public EndPoint Address => _listener.LocalEndpoint;

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        CancellationToken stopping = _stopping.Token;
        try
        {
            while (true)
            {
                Socket visitor = await _listener.AcceptSocketAsync(stopping);
                _ = _slams-- > 0 ? SlamAsync(visitor, stopping) : LetThroughAsync(visitor, stopping);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // The test is over.
        }
    }

    private static async Task SlamAsync(Socket visitor, CancellationToken stopping)
    {
        using (visitor)
        {
            await visitor.ReceiveAsync(new byte[1], stopping);
        }
    }

    private async Task LetThroughAsync(Socket visitor, CancellationToken stopping)
    {
        await using var outside = new NetworkStream(visitor, ownsSocket: true);
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, _behind, stopping);
        NetworkStream inside = server.GetStream();
        await Task.WhenAny(outside.CopyToAsync(inside, stopping), inside.CopyToAsync(outside, stopping));
    }
}
