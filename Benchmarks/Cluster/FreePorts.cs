using System.Net;
using System.Net.Sockets;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary>
/// Ports that nobody listens on. They lie below those that systems give to outgoing connections, or a member that dials
/// would now and then be given the port of one that has not started yet.
/// </summary>
internal static class FreePorts
{
    private const int First = 15_000;
    private const int Count = 15_000;

    // Programs that run side by side on one machine begin at different ports.
    private static int _taken = Environment.ProcessId * 101 % Count;

    /// <summary>All different, and for a long time not the same again.</summary>
    public static int[] Take(int count) => [.. Enumerable.Range(0, count).Select(static _ => Next())];

    /// <summary>One port.</summary>
    /// <exception cref="InvalidOperationException">All of them are in use.</exception>
    public static int Next()
    {
        for (int tried = 0; tried < Count; tried++)
        {
            int port = First + (Interlocked.Increment(ref _taken) % Count);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another program has it; the next one, then.
            }
        }

        throw new InvalidOperationException($"Each port from {First} on is in use.");
    }
}
