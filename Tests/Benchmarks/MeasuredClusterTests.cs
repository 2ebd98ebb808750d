using System.Globalization;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Compare;
using SessionCluster.Benchmarks.Load;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>What is weighed of a cluster.</summary>
public sealed class MeasuredClusterTests
{
    private const int Sessions = 40;
    private const int SessionBytes = 500_000;

    [Fact]
    public async Task A_member_that_ends_by_itself_is_named_and_one_that_is_killed_is_not()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        var settings = new Dictionary<string, string> { ["Balancer__Nodes__a"] = "nowhere" };
        using var wrong = new MemberProcess("wrong", "Balancer", FreePorts.Next(), settings);
        using var killed = new MemberProcess("killed", "BareProxy", FreePorts.Next(), new Dictionary<string, string>());
        killed.Kill();
        await MemberProcess.WatchAsync([killed], static () => Task.CompletedTask);
        using var http = new HttpClient();

        MemberException ended = await Assert.ThrowsAsync<MemberException>(() => MemberProcess.WatchAsync(
            [killed, wrong], () => wrong.UntilReadyAsync(http, cancellationToken)));

        Assert.StartsWith("wrong ended by itself with code ", ended.Message, StringComparison.Ordinal);
        Assert.NotEmpty(ended.Output);
    }

    [Theory]
    [InlineData("PATH", true)]
    [InlineData("DOTNET_gcServer", true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", false)]
    [InlineData("Replication__Mode", false)]
    [InlineData("SESSION__IDLETIMEOUT", false)]
    [InlineData("Logging__LogLevel__Yarp", false)]
    [InlineData("ASPNETCORE_ENVIRONMENT", false)]
    public void A_member_has_no_settings_from_who_starts_the_measurement(string variable, bool isInherited) =>
        Assert.Equal(isInherited, MemberProcess.IsInherited(variable));

    [Theory]
    [InlineData(ClusterSetup.Garnet)]
    [InlineData(RedisProcess.Kind)]
    public async Task Sessions_that_a_store_keeps_are_weighed_where_they_are(string store)
    {
        bool isThere = store != RedisProcess.Kind || RedisProcess.FindVersion() is not null;
        Assert.SkipUnless(isThere, "redis-server is not on the PATH.");
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        var setup = new ClusterSetup("shared", 2) { Store = store };
        using MeasuredCluster cluster = await MeasuredCluster.StartAsync(setup, cancellationToken);
        Assert.Equal(store == RedisProcess.Kind, cluster.All.OfType<RedisProcess>().Any());
        MemoryInUse before = await cluster.CollectAsync(cancellationToken);
        for (int session = 0; session < Sessions; session++)
        {
            using var connection = new LoadConnection(cluster.Nodes[0].Port);
            connection.Exchange("POST", $"/probe/values/v?bytes={SessionBytes}");
        }

        MemoryInUse grown = await cluster.CollectAsync(cancellationToken) - before;
        Assert.InRange(grown.Heap, Sessions * SessionBytes, 2L * Sessions * SessionBytes);
        Assert.InRange(before.Resident, before.Heap, long.MaxValue);
    }

    [Fact]
    public async Task A_node_is_not_ready_before_its_store_is()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        int port = FreePorts.Next();
        using var node = new MemberProcess("node1", "WebNode", FreePorts.Next(), new Dictionary<string, string>
        {
            ["Replication__Node"] = "node1",
            ["Replication__Mode"] = "shared",
            ["Replication__Secret"] = Guid.NewGuid().ToString("N"),
            ["ConnectionStrings__sessions"] = $"127.0.0.1:{port}",
        });
        using var http = new HttpClient();
        Task ready = node.UntilReadyAsync(http, cancellationToken);
        await Eventually.SeeAsync(
            "the node has no store", TimeSpan.FromSeconds(30), () => HealthOfAsync(node, http), "Degraded".Equals);
        Assert.False(ready.IsCompleted);

        using var store = new MemberProcess("sessions", "SessionStore", FreePorts.Next(), new Dictionary<string, string>
        {
            ["Store__Port"] = port.ToString(CultureInfo.InvariantCulture),
        });
        await ready;
        Assert.Equal("Healthy", await HealthOfAsync(node, http));
    }

    [Fact]
    public async Task What_the_balancer_knows_of_sessions_is_weighed_apart()
    {
        const int Count = 5000, LocationLeast = 50, LocationMost = 400;
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        using MeasuredCluster cluster = await MeasuredCluster.StartAsync(new("backup", 2), cancellationToken);
        long before = await cluster.CollectBalancerAsync(cancellationToken);
        using (var clients = new OpenConnections())
        {
            clients.Open(cluster.Nodes[0].Port).Use(LoadKind.Write1K.Request);
            Assert.Null(new LoadGenerator(clients.All).RunCount(Count, cancellationToken).Complaint);
        }

        long grown = await cluster.CollectBalancerAsync(cancellationToken) - before;
        Assert.InRange(grown, Count * LocationLeast, Count * LocationMost);
    }

    private static async Task<string> HealthOfAsync(MemberProcess node, HttpClient http)
    {
        try
        {
            return await http.GetStringAsync(node.AddressOf("/health"), TestContext.Current.CancellationToken);
        }
        catch (HttpRequestException notListening)
        {
            return notListening.Message;
        }
    }
}
