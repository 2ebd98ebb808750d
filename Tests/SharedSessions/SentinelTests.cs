using System.Diagnostics;
using System.Globalization;
using System.Net;
using SessionCluster.Tests.AspNetCore;
using SessionCluster.Tests.EndToEnd;
using StackExchange.Redis;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>Redis with replicas, and sentinels who say which of them leads.</summary>
public sealed class SentinelTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The client lets so many threads stand when it looks for the new leader; how long is felt depends on the machine.
    /// </summary>
    private const int StandingThreads = 16;

    [Fact]
    public async Task When_the_leader_dies_the_replica_serves_and_meanwhile_there_is_503_at_once()
    {
        await using var leader = new RedisUnderTest();
        await using var replica = new Follower(leader);
        await using var sentinel = new Sentinel(leader);
        await leader.StartAsync();
        await replica.StartAsync();
        await SeeAsync(replica, "INFO", "replication", "master_link_status:up");
        await sentinel.StartAsync();
        await SeeAsync(sentinel, "INFO", "sentinel", "slaves=1");
        await using SharedNode node = await SharedNode.StartAsync(
            $"{sentinel.ConnectionString},serviceName={Sentinel.Service}", new RecordingLogs());
        SharedVisitor[] visitors = [.. Enumerable.Range(0, 8).Select(static _ => new SharedVisitor())];
        foreach (SharedVisitor visitor in visitors)
        {
            await visitor.GetStringAsync(node.AddressOf("/set/count/1"));
        }

        await leader.DoAsync("WAIT", 1, 5000);
        leader.Stop();
        TimeSpan[] longest = await Task.WhenAll(visitors.Select(visitor => UntilServedAsync(visitor, node)));

        Assert.InRange(longest.Max(), TimeSpan.Zero, AtOnce);
        ThreadPool.GetMinThreads(out int threads, out _);
        Assert.InRange(threads, StandingThreads, int.MaxValue);
        foreach (SharedVisitor visitor in visitors)
        {
            Assert.Equal("2", await visitor.GetStringAsync(node.AddressOf("/get/count")));
            visitor.Dispose();
        }
    }

    /// <returns>The longest that the visitor waited for an answer.</returns>
    private static async Task<TimeSpan> UntilServedAsync(SharedVisitor visitor, SharedNode node)
    {
        TimeSpan longest = TimeSpan.Zero;
        await Eventually.SeeAsync(
            "a leader",
            Patience,
            async () =>
            {
                long start = Stopwatch.GetTimestamp();
                using HttpResponseMessage answer = await visitor.GetAsync(node.AddressOf("/raise"));
                TimeSpan waited = Stopwatch.GetElapsedTime(start);
                longest = waited > longest ? waited : longest;
                return answer.StatusCode;
            },
            static status => status == HttpStatusCode.OK);
        return longest;
    }

    private static async Task SeeAsync(StoreUnderTest store, string command, string argument, string what) =>
        await Eventually.SeeAsync(
            what, Patience, async () => (string?)await store.DoAsync(command, argument) ?? "",
            said => said.Contains(what, StringComparison.Ordinal));

    private sealed class Follower(RedisUnderTest leader) : RedisUnderTest
    {
        protected override IEnumerable<string> Arguments =>
        [
            .. base.Arguments, "--replicaof", "127.0.0.1", leader.Port.ToString(CultureInfo.InvariantCulture),
        ];
    }

    /// <summary>One that decides alone, and soon.</summary>
    private sealed class Sentinel(RedisUnderTest leader) : RedisUnderTest
    {
        public const string Service = "sessions";

        protected override CommandMap Commands => CommandMap.Sentinel;

        protected override IEnumerable<string> CommandLine
        {
            get
            {
                string configuration = Path.Combine(Folder.FullName, "sentinel.conf");
                File.WriteAllLines(configuration,
                [
                    $"port {Port}", "bind 127.0.0.1", $"dir {Folder.FullName}",
                    $"sentinel monitor {Service} 127.0.0.1 {leader.Port} 1",
                    $"sentinel down-after-milliseconds {Service} 1000",
                    $"sentinel failover-timeout {Service} 5000",
                ]);
                return [configuration, "--sentinel"];
            }
        }
    }
}
