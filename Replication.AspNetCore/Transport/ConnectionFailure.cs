using System.Net.Sockets;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Tells the failures that any connection may have from errors of this program.</summary>
internal static class ConnectionFailure
{
    /// <summary>
    /// Whether it is the connection that failed or was ended: a reset (an <see cref="IOException"/>), an abort or a
    /// time-out (both an <see cref="OperationCanceledException"/>), or a socket closed by another thread.
    /// </summary>
    public static bool Is(Exception exception) =>
        exception is IOException or OperationCanceledException or SocketException or ObjectDisposedException;
}
