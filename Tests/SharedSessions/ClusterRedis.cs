using System.Globalization;
using System.Net;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Tests.EndToEnd;
using StackExchange.Redis;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>One server of a Redis Cluster.</summary>
internal sealed class ClusterRedis : RedisUnderTest
{
    private const int Slots = 16384;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly int _busPort = FreePorts.Next();

    protected override IEnumerable<string> Arguments =>
    [
        .. base.Arguments, "--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1",
        "--cluster-port", _busPort.ToString(CultureInfo.InvariantCulture), "--cluster-node-timeout", "2000",
    ];

    /// <summary>Gives each of these servers its share of the slots, and waits until they serve them.</summary>
    public static async Task FormAsync(params ClusterRedis[] servers)
    {
        for (int place = 0; place < servers.Length; place++)
        {
            int first = Slots * place / servers.Length;
            int last = (Slots * (place + 1) / servers.Length) - 1;
            await servers[place].DoAsync("CLUSTER", "ADDSLOTSRANGE", first, last);

            // Two of one age would have to find out whose it is to be the older.
            await servers[place].DoAsync("CLUSTER", "SET-CONFIG-EPOCH", place + 1);
            await servers[place].MeetAsync(servers[0]);
        }

        await Task.WhenAll(servers.Select(static server => server.UntilAsync("cluster_state:ok")));
        await Task.WhenAll(servers.Select(server => server.UntilAsync($"cluster_known_nodes:{servers.Length}")));
    }

    /// <summary>Becomes the replica of another server, and waits until it has what that one has.</summary>
    public async Task FollowAsync(ClusterRedis leader)
    {
        await MeetAsync(leader);
        string name = (string)(await leader.DoAsync("CLUSTER", "MYID"))!;
        await SeeAsync("the leader's name", "CLUSTER", "NODES", said => said.Contains(name, StringComparison.Ordinal));
        await DoAsync("CLUSTER", "REPLICATE", name);
        await SeeAsync(
            "a replica", "INFO", "replication",
            static said => said.Contains("master_link_status:up", StringComparison.Ordinal));
    }

    /// <summary>Takes the place of the server that it follows, without a loss; that one follows from then on.</summary>
    public async Task TakeOverAsync()
    {
        await DoAsync("CLUSTER", "FAILOVER");
        await SeeAsync(
            "a master", "INFO", "replication",
            static said => said.Contains("role:master", StringComparison.Ordinal));
    }

    private Task MeetAsync(ClusterRedis other) => other == this
        ? Task.CompletedTask
        : DoAsync("CLUSTER", "MEET", IPAddress.Loopback.ToString(), other.Port, other._busPort);

    private Task UntilAsync(string state) => SeeAsync(
        state, "CLUSTER", "INFO", said => said.Contains(state, StringComparison.Ordinal));

    private async Task SeeAsync(string what, string command, string argument, Func<string, bool> isSo) =>
        await Eventually.SeeAsync(
            what, Patience, async () => (string?)await DoAsync(command, argument) ?? "", isSo);
}
