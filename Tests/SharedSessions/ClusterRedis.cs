using System.Globalization;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Tests.EndToEnd;
using StackExchange.Redis;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>A Redis Cluster of one server, which has all slots.</summary>
internal sealed class ClusterRedis : RedisUnderTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly int _busPort = FreePorts.Next();

    protected override IEnumerable<string> Arguments =>
    [
        .. base.Arguments, "--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1",
        "--cluster-port", _busPort.ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>Gives it all slots, and waits until it serves them.</summary>
    public async Task FormAsync()
    {
        await using ConnectionMultiplexer connection =
            await ConnectionMultiplexer.ConnectAsync(ConnectionString + ",allowAdmin=true");
        IServer server = connection.GetServers().Single();
        await server.ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
        await Eventually.SeeAsync(
            "a cluster that serves",
            Patience,
            async () => (string?)await server.ExecuteAsync("CLUSTER", "INFO") ?? "",
            static seen => seen.Contains("cluster_state:ok", StringComparison.Ordinal));
    }
}
