using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary>
/// A cluster that somebody else has started, of whatever make; it is sent the same writes as the modes, in the same
/// rounds.
/// </summary>
/// <param name="Name">Its column in the report.</param>
/// <param name="NodePorts">Where its nodes serve HTTP, on the loopback interface.</param>
/// <param name="BalancerPort">Where its balancer does.</param>
/// <param name="Path">A POST of this path changes 1 KiB of the client's session.</param>
internal sealed record OtherCluster(string Name, IReadOnlyList<int> NodePorts, int BalancerPort, string Path)
{
    /// <summary>How <see cref="TryParse"/> wants it.</summary>
    public const string Form = "NAME=NODEPORT,NODEPORT…;BALANCERPORT;PATH";

    /// <summary>Reads the form of the command line.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out OtherCluster? cluster)
    {
        cluster = null;
        string[] named = text.Split('=', 2);
        string[] parts = named.Length == 2 ? named[1].Split(';', 3) : [];
        if (parts.Length != 3 || !IsName(named[0]) || !parts[2].StartsWith('/') || !TryPort(parts[1], out int balancer))
        {
            return false;
        }

        var nodes = new List<int>();
        foreach (string node in parts[0].Split(','))
        {
            if (!TryPort(node, out int port))
            {
                return false;
            }

            nodes.Add(port);
        }

        cluster = new OtherCluster(named[0], nodes, balancer, parts[2]);
        return true;
    }

    /// <summary>Sends one write to each of its ports.</summary>
    /// <returns>What is wrong with the first that does not take it; nothing where all do.</returns>
    public string? FindUnreachable()
    {
        foreach (int port in NodePorts.Append(BalancerPort))
        {
            try
            {
                using var connection = new LoadConnection(port);
                connection.Exchange("POST", Path);
            }
            catch (Exception refused) when (refused is SocketException or IOException or InvalidOperationException)
            {
                return $"{Name}, port {port}: {refused.Message}";
            }
        }

        return null;
    }

    /// <summary>It heads a column, and stands in lines.</summary>
    private static bool IsName(string text) => !string.IsNullOrWhiteSpace(text) && !text.Any(char.IsControl);

    private static bool TryPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)
        && port is > 0 and <= ushort.MaxValue;
}
