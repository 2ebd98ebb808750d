using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Aspire.Hosting.Dcp;

/// <summary>
/// Picks ports for endpoints whose process itself listens. They lie below the range from which the operating system
/// takes the local ends of connections, so that nobody else is on the port when a killed process comes back.
/// </summary>
internal static class PortAllocator
{
    private const int First = 10_000;
    private const int Last = 32_767;
    private const int Attempts = 1_000;

    public static int Pick(ISet<int> taken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(First, Last + 1);
            if (!taken.Contains(port) && IsFree(port))
            {
                taken.Add(port);
                return port;
            }
        }

        throw new DistributedApplicationException($"No free port was found between {First} and {Last}.");
    }

    public static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port)
            {
                ExclusiveAddressUse = OperatingSystem.IsWindows(),
            };
            probe.Start();
            return port > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
