using System.Net;
using System.Net.Sockets;

namespace SessionCluster.Balancer.Forwarding;

/// <summary>Dials nodes.</summary>
internal static class NodeConnection
{
    /// <summary>
    /// Connects within <paramref name="timeout"/>. The handler's own connect time-out ends as a cancellation, which
    /// cannot be told from a node that took the request and fell silent; this one ends as a failed connection.
    /// </summary>
    public static async ValueTask<Stream> OpenAsync(DnsEndPoint node, TimeSpan timeout, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(timeout);
            await socket.ConnectAsync(node, limit.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
