using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Tests.AspNetCore;
using SessionCluster.Tests.EndToEnd;
using StackExchange.Redis;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>What a node says of its store to its operator, who has to find out what is wrong with it.</summary>
[Collection(ConnectionStringTests.Trust)]
public sealed class StoreMessagesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_wrong_password_is_said_and_not_shown()
    {
        await using var store = new LockedRedis();
        await store.StartAsync();
        var logs = new RecordingLogs();
        await using SharedNode node =
            await SharedNode.StartAsync(store.Address + ",user=default,password=hush", logs);
        string said = Assert.Single(await UntilSaidAsync(logs, "StoreLost", 1));
        Assert.Contains("cannot be reached (AuthenticationFailure: ", said, StringComparison.Ordinal);
        Assert.Contains("password", said, StringComparison.Ordinal);

        await store.ChangePasswordAsync("hush");
        await UntilSaidAsync(logs, "StoreIsBack", 1);
        Assert.DoesNotContain("hush", string.Concat(logs.Entries.Select(static entry => entry.Text)),
            StringComparison.Ordinal);
    }

    /// <summary>
    /// The client may first have seen how the server closed the connection, and only then what it had answered; on a
    /// busy machine it does so now and then. What is said to the operator is the cause.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public async Task A_wrong_password_is_said_where_first_connections_end_before_the_answer(int ended)
    {
        await using var store = new LockedRedis();
        await store.StartAsync();
        using var door = new SlammingDoor(store.Port, ended);
        var logs = new RecordingLogs();
        await using SharedNode node =
            await SharedNode.StartAsync($"{door.Address},user=default,password=hush", logs);
        Assert.Contains(
            "(AuthenticationFailure: ",
            Assert.Single(await UntilSaidAsync(logs, "StoreLost", 1)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_said()
    {
        await using var store = new TlsRedis();
        await store.StartAsync();
        var logs = new RecordingLogs();
        await using SharedNode node = await SharedNode.StartAsync(store.ConnectionString, logs);
        string said = Assert.Single(await UntilSaidAsync(logs, "StoreLost", 1));
        Assert.True(said.Contains("certificate", StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_said()
    {
        var logs = new RecordingLogs();
        string address = AddressOf(FreePorts.Next());
        await using SharedNode node = await SharedNode.StartAsync(address, logs);
        string said = Assert.Single(await UntilSaidAsync(logs, "StoreLost", 1));
        Assert.Contains(address, said, StringComparison.Ordinal);
        Assert.Contains("refused", said, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_socket_of_the_machine_that_is_not_there_is_said_and_keeps_nobody_from_starting()
    {
        var logs = new RecordingLogs();
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using SharedNode node = await SharedNode.StartAsync($"!{path}", logs);
        string said = Assert.Single(await UntilSaidAsync(logs, "StoreLost", 1));
        Assert.Contains(path, said, StringComparison.Ordinal);
    }

    /// <summary>
    /// Its greeting never ends. The client waits for that as long as it lasts; the node must not, nor its requests.
    /// </summary>
    [Fact]
    public async Task A_server_that_knows_nothing_of_TLS_keeps_nobody_from_starting()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var logs = new RecordingLogs();
        string store = $"{silent.LocalEndpoint},ssl=true";

        // On a thread of its own: where the start blocked the one that asks, no wait for it would ever end.
        await using SharedNode node = await Task
            .Run(() => SharedNode.StartAsync(store, logs, commitTimeout: TimeSpan.FromSeconds(1)))
            .WaitAsync(Patience, TestContext.Current.CancellationToken);

        using var visitor = new SharedVisitor();
        using HttpResponseMessage answer = await visitor.GetAsync(node.AddressOf("/get/a"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.StartsWith(
            "StoreLost", Assert.Single(await UntilSaidAsync(logs, "StoreLost", 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_that_a_server_repeats_is_not_shown()
    {
        var repeated = new RedisConnectionException(
            ConnectionFailureType.AuthenticationFailure,
            "of the client",
            new RedisServerException("ERR unknown command 'HELLO', with args beginning with: 'AUTH' 'hush'"));
        Assert.Equal("AuthenticationFailure", StoreFailure.CauseOf(repeated, "hush"));
        Assert.StartsWith(
            "AuthenticationFailure: ERR", StoreFailure.CauseOf(repeated, null), StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_the_client_repeats_is_not_shown_as_there_is_a_session_s_key_in_it()
    {
        const string Repeated = "Command cannot be issued to a replica: SADD {session-cluster:exclusive:key}:token";
        Exception[] causes = [new RedisCommandException(Repeated), new TimeoutException(Repeated)];
        Assert.All(causes, static cause => Assert.Equal(
            "ProtocolFailure",
            StoreFailure.CauseOf(
                new RedisConnectionException(ConnectionFailureType.ProtocolFailure, Repeated, cause), null)));
    }

    /// <summary>
    /// What follows the word may repeat a command, and with it the key of a session. Of several commands in one step,
    /// as those are that take a session for one request, the store says itself only that something was refused.
    /// </summary>
    [Theory]
    [InlineData("/set/a/1")]
    [InlineData("/raise")]
    public async Task A_store_that_refuses_is_said_with_its_own_word_for_it_and_nothing_else(string path)
    {
        await using var store = new RedisUnderTest();
        await store.StartAsync();
        var logs = new RecordingLogs();
        await using SharedNode node = await SharedNode.StartAsync(store.ConnectionString, logs);
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(node.AddressOf("/set/count/0"));
        await store.DoAsync("CONFIG", "SET", "maxmemory", "1");

        using HttpResponseMessage answer = await visitor.GetAsync(node.AddressOf(path));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        string said = Assert.Single(
            logs.Entries, static entry => entry.Id.Name == "RefusalsBegan").Text;
        Assert.Contains("(The session store refuses for the moment: OOM)", said, StringComparison.Ordinal);
    }

    /// <summary>The client has two connections to it, and tells of each.</summary>
    [Fact]
    public async Task A_store_that_goes_and_comes_is_said_to_be_lost_once_and_back_once()
    {
        await using var store = new RedisUnderTest();
        await store.StartAsync();
        var logs = new RecordingLogs();
        await using SharedNode node = await SharedNode.StartAsync(store.ConnectionString, logs);
        for (int time = 1; time <= 2; time++)
        {
            store.Stop();
            await UntilSaidAsync(logs, "StoreLost", time);
            await store.StartAsync();
            await UntilSaidAsync(logs, "StoreIsBack", time);
        }

        Assert.Equal(
            ["StoreLost", "StoreIsBack", "StoreLost", "StoreIsBack"],
            Said(logs).Select(static line => line.Split(':')[0]));
    }

    [Fact]
    public async Task One_server_of_two_is_not_the_store()
    {
        await using var first = new RedisUnderTest();
        await using var second = new RedisUnderTest();
        await first.StartAsync();
        await second.StartAsync();
        var logs = new RecordingLogs();
        await using SharedNode node =
            await SharedNode.StartAsync($"{first.ConnectionString},{second.ConnectionString}", logs);
        second.Stop();
        await UntilSaidAsync(logs, "StoreServerLost", 1);
        await second.StartAsync();
        await UntilSaidAsync(logs, "StoreServerIsBack", 1);
        Assert.Equal(
            ["StoreServerLost", "StoreServerIsBack"], Said(logs).Select(static line => line.Split(':')[0]));
        Assert.All(Said(logs), line => Assert.Contains(second.ConnectionString, line, StringComparison.Ordinal));
    }

    private static string AddressOf(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    private static string[] Said(RecordingLogs logs) =>
    [
        .. logs.Entries
            .Where(static entry => entry.Id.Name?.StartsWith("Store", StringComparison.Ordinal) == true)
            .Select(static entry => $"{entry.Id.Name}: {entry.Text}"),
    ];

    private static Task<string[]> UntilSaidAsync(RecordingLogs logs, string name, int times) => Eventually.SeeAsync(
        string.Create(CultureInfo.InvariantCulture, $"{name}, {times} times"),
        Patience,
        () => Task.FromResult(Said(logs)),
        said => said.Count(line => line.StartsWith(name + ":", StringComparison.Ordinal)) >= times);

    /// <summary>Redis that asks for a password.</summary>
    private sealed class LockedRedis : RedisUnderTest
    {
        private const string Password = "known to the store";

        public string Address => AddressOf(Port);

        public override string ConnectionString => $"{Address},password={Password}";

        protected override IEnumerable<string> Arguments => [.. base.Arguments, "--requirepass", Password];

        public async Task ChangePasswordAsync(string password)
        {
            await using ConnectionMultiplexer connection =
                await ConnectionMultiplexer.ConnectAsync(ConnectionString + ",allowAdmin=true");
            await connection.GetServers().Single().ConfigSetAsync("requirepass", password);
        }
    }
}
