using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Connects to a peer's address, and tells a host that refuses from one that is silent.</summary>
internal sealed class SocketDialer(SocketConnectionContextFactory connections)
{
    /// <summary>Connects to the first address that answers.</summary>
    /// <exception cref="OperationCanceledException">No address has answered in time.</exception>
    /// <exception cref="SocketException">The name is not known, or the network has failed.</exception>
    public async Task<SocketDial> DialAsync(DnsEndPoint endPoint, CancellationToken cancellationToken)
    {
        IPAddress[] addresses =
            await Dns.GetHostAddressesAsync(endPoint.Host, endPoint.AddressFamily, cancellationToken);
        SocketException? failure = null;
        foreach (IPAddress address in addresses)
        {
            try
            {
                if (await ConnectAsync(new IPEndPoint(address, endPoint.Port), cancellationToken) is { } connection)
                {
                    return new SocketDial(connection, IsRefused: false);
                }
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
            {
                // Proof for this address alone; another one may answer.
            }
            catch (SocketException exception)
            {
                failure = exception;
            }
        }

        // The process is dead only where every address has refused: one that failed otherwise says nothing.
        return failure is null ? new SocketDial(null, IsRefused: addresses.Length > 0) : throw failure;
    }

    private async Task<ConnectionContext?> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            if (!Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
            {
                return connections.Create(socket);
            }

            // A dial to a free port of the same machine can meet itself. Then nobody listens there; and the port must
            // be free at once for the one who should.
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>What a dial met.</summary>
/// <param name="Connection">The connection, where one came about.</param>
/// <param name="IsRefused">Whether all addresses have refused it.</param>
internal readonly record struct SocketDial(ConnectionContext? Connection, bool IsRefused);
