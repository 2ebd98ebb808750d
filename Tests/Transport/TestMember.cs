using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.Transport;

/// <summary>One member with a real transport on the loopback interface.</summary>
internal sealed class TestMember : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public TestMember(string name, int port, Func<TransportSettings, TransportSettings>? change = null)
    {
        Settings = new TransportSettings
        {
            Self = new Member(new NodeId(name), 1),
            Role = MemberRole.Node,
            Times = new MemberTimes(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)),
            Cluster = "tests",
            Secret = "a secret that only the tests know"u8.ToArray(),
            Listen = new IPEndPoint(IPAddress.Loopback, port),
            Peers = new Dictionary<NodeId, DnsEndPoint>(),
            LoggerFactory = Logs,
            MeterFactory = _services.GetRequiredService<IMeterFactory>(),
        };
        Settings = change?.Invoke(Settings) ?? Settings;
        Transport = new TcpPeerTransport(Settings);
    }

    public TransportSettings Settings { get; }

    public RecordingSink Sink { get; } = new();

    public RecordingLogs Logs { get; } = new();

    public TcpPeerTransport Transport { get; }

    public Member Self => Settings.Self;

    public Task StartAsync() => Transport.StartAsync(Sink, CancellationToken.None);

    /// <summary>Sends messages that are told apart by a number.</summary>
    public void Send(Member to, params IEnumerable<long> numbers)
    {
        foreach (long number in numbers)
        {
            Transport.Enqueue(to, new MapDigestsRequest(number));
        }

        Transport.Flush();
    }

    public Task<LinkUp> UpAsync(Member peer) => Sink.NextAsync<LinkUp>(up => up.Peer == peer);

    public Task<LinkDown> DownAsync(Member peer) => Sink.NextAsync<LinkDown>(down => down.Peer == peer);

    public Task<PeerMessage> MessageAsync(long number) =>
        Sink.NextAsync<PeerMessage>(input => input.Message is MapDigestsRequest request && request.Request == number);

    /// <summary>Ends without a farewell, as far as one process can do that to a part of itself.</summary>
    public async ValueTask DisposeAsync()
    {
        Sink.Unblock();
        await Transport.DisposeAsync();
        await _services.DisposeAsync();
    }

    public static IReadOnlyDictionary<NodeId, DnsEndPoint> Peers(params (string Name, int Port)[] peers) =>
        peers.ToDictionary(
            static peer => new NodeId(peer.Name), static peer => new DnsEndPoint("127.0.0.1", peer.Port));
}
