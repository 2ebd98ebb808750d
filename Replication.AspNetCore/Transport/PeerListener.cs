using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Accepts the connections that peers, or strangers, open.</summary>
internal sealed class PeerListener(
    TransportSettings settings, LinkOpener opener, RefusalLog refusals, ILogger logger)
{
    private int _unauthenticated;

    /// <summary>Accepts until the listener is closed.</summary>
    public async Task RunAsync(IConnectionListener listener, CancellationToken stopping)
    {
        try
        {
            while (await listener.AcceptAsync(stopping) is { } connection)
            {
                _ = ServeAsync(connection, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The node stops.
        }
        catch (Exception exception)
        {
            // Without a listener peers take this process for dead, though it lives. Links that it dials still stand.
            logger.AcceptFailed(exception);
        }
    }

    private async Task ServeAsync(ConnectionContext connection, CancellationToken stopping)
    {
        bool isCrowded = Interlocked.Increment(ref _unauthenticated) > settings.UnauthenticatedMaximum;
        try
        {
            if (!isCrowded)
            {
                await opener.OpenAsync(connection, dialed: null, stopping);
                return;
            }

            string remote = (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "an unknown host";
            refusals.Report(remote, HandshakeRefusal.Crowded, hello: null, expected: null);
            connection.Abort();
            await connection.DisposeAsync();
        }
        finally
        {
            Interlocked.Decrement(ref _unauthenticated);
        }
    }
}
