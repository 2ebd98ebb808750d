using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.SessionStore;
using StackExchange.Redis;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>A store that can be stopped and started again on the same port; its sessions end with it.</summary>
internal abstract class StoreUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    public int Port { get; } = FreePorts.Next();

    public virtual string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>What it can be asked.</summary>
    protected virtual CommandMap Commands => CommandMap.Default;

    public static StoreUnderTest Of(string kind) => kind == "redis" ? new RedisUnderTest() : new Garnet();

    /// <summary>A store that listens.</summary>
    public static async Task<StoreUnderTest> StartAsync(string kind)
    {
        StoreUnderTest store = Of(kind);
        await store.StartAsync();
        return store;
    }

    public async Task StartAsync()
    {
        Begin();
        long start = Stopwatch.GetTimestamp();
        while (!await AnswersAsync())
        {
            SkipIfRefused();
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "The store does not listen.");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }

    public abstract void Stop();

    /// <summary>Skips the test where the store has ended by itself, because it cannot do what it was told.</summary>
    protected virtual void SkipIfRefused()
    {
    }

    /// <summary>How many sessions the store has: those that have ended leave a mark of another kind.</summary>
    public async Task<int> CountSessionsAsync()
    {
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        int sessions = 0;
        foreach (IServer server in connection.GetServers().Where(static server => !server.IsReplica))
        {
            await foreach (RedisKey key in server.KeysAsync())
            {
                sessions += await connection.GetDatabase().KeyTypeAsync(key) == RedisType.Hash ? 1 : 0;
            }
        }

        return sessions;
    }

    /// <summary>Has the store do something that only its operator may ask for.</summary>
    public async Task<RedisResult> DoAsync(string command, params object[] arguments)
    {
        // Only this one server, whatever others it knows.
        ConfigurationOptions configuration = ConfigurationOptions.Parse(ConnectionString + ",allowAdmin=true");
        configuration.CommandMap = Commands;
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(configuration);
        return await connection.GetServer(configuration.EndPoints.Single()).ExecuteAsync(command, arguments);
    }

    /// <summary>How many sessions a request has for itself at the moment.</summary>
    public async Task<int> CountLocksAsync()
    {
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        return await connection.GetServers().Single().KeysAsync(pattern: "*:exclusive:*").CountAsync();
    }

    public virtual ValueTask DisposeAsync()
    {
        Stop();
        return ValueTask.CompletedTask;
    }

    protected abstract void Begin();

    private async Task<bool> AnswersAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private sealed class Garnet : StoreUnderTest
    {
        private GarnetService? _service;

        public override void Stop()
        {
            _service?.Dispose();
            _service = null;
        }

        protected override void Begin()
        {
            string port = Port.ToString(CultureInfo.InvariantCulture);
            _service = new GarnetService(new ConfigurationBuilder()
                .AddInMemoryCollection(new Dictionary<string, string?> { ["Store:Port"] = port }).Build());
            _service.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
    }
}
