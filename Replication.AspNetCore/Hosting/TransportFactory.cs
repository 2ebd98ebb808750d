using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>Says the options in the transport's words.</summary>
internal static class TransportFactory
{
    public static IPeerTransport Create(IServiceProvider services)
    {
        ReplicationOptions options = services.GetRequiredService<IOptions<ReplicationOptions>>().Value;
        ReplicationSettings settings = services.GetRequiredService<ReplicationSettings>();
        return new TcpPeerTransport(new TransportSettings
        {
            Self = settings.Self,
            Role = settings.Role,
            Times = settings.Times,
            Cluster = ClusterOf(options),
            Secret = Encoding.UTF8.GetBytes(options.Secret),
            Listen = new IPEndPoint(IPAddress.Parse(options.ListenAddress), options.Port),
            Peers = Peers(options),
            Time = services.GetRequiredService<TimeProvider>(),
            LoggerFactory = services.GetRequiredService<ILoggerFactory>(),
            MeterFactory = services.GetRequiredService<IMeterFactory>(),
        });
    }

    /// <summary>
    /// Members of two policies must not agree on anything, nor those that replicate with those that do not, and a name
    /// cannot hold a slash: so they are several clusters, and refuse each other with a line that shows why.
    /// </summary>
    internal static string ClusterOf(ReplicationOptions options) =>
        options.Mode == ReplicationMode.None ? $"{options.ClusterName}/{options.Mode}"
        : options.PartitionPolicy == PartitionPolicy.Majority ? options.ClusterName
        : $"{options.ClusterName}/{options.PartitionPolicy}";

    private static Dictionary<NodeId, DnsEndPoint> Peers(ReplicationOptions options)
    {
        var peers = new Dictionary<NodeId, DnsEndPoint>();
        foreach ((string name, string address) in options.Peers)
        {
            if (name != options.Node
                && ReplicationOptionsValidator.TryReadAddress(address, out string host, out int port))
            {
                peers.Add(new NodeId(name), new DnsEndPoint(host, port));
            }
        }

        return peers;
    }
}
