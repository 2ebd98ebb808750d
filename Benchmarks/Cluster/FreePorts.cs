using System.Net;
using System.Net.Sockets;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary>Ports that nobody listens on.</summary>
internal static class FreePorts
{
    /// <summary>All different, as all are held until the last is found.</summary>
    public static int[] Take(int count)
    {
        var listeners = new List<TcpListener>();
        try
        {
            for (int index = 0; index < count; index++)
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                listeners.Add(listener);
            }

            return [.. listeners.Select(static listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(static listener => listener.Dispose());
        }
    }
}
