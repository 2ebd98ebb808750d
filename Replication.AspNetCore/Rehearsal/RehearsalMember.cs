using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionCluster.Replication.AspNetCore.Hosting;
using SessionCluster.Replication.AspNetCore.Security;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore.Rehearsal;

/// <summary>
/// One member of the small cluster: a machine, its loop and its transport as they always are, with logs that nobody
/// reads and measures that nobody sees. The last member is a voter.
/// </summary>
internal sealed class RehearsalMember : IAsyncDisposable
{
    private const string Name = "rehearsal";

    private readonly UnheardMeters _meters = new();
    private readonly TcpPeerTransport _transport;
    private readonly NodeLoop _loop;

    public RehearsalMember(int index, int[] ports)
    {
        var logs = new LoggerFactory([new UnreadLogs()]);
        var metrics = new ReplicationMetrics(_meters);
        var self = new Member(NodeOf(index), 1);
        var secret = new ClusterSecret(Guid.NewGuid().ToString(), Name);
        MemberRole role = RoleOf(index, ports);
        var settings = new ReplicationSettings
        {
            Self = self,
            Role = role,
            Universe = [.. ports.Select((_, other) => new ConfiguredPeer(NodeOf(other), RoleOf(other, ports)))],
        };
        _transport = new TcpPeerTransport(new TransportSettings
        {
            Self = self,
            Role = role,
            Times = settings.Times,
            Cluster = Name,
            Secret = "what is played here concerns nobody else"u8.ToArray(),
            Listen = new IPEndPoint(IPAddress.Loopback, ports[index]),
            Peers = Enumerable.Range(0, ports.Length).Where(other => other != index).ToDictionary(
                NodeOf, other => new DnsEndPoint(IPAddress.Loopback.ToString(), ports[other])),
            LoggerFactory = logs,
            MeterFactory = _meters,
        });
        var events = new EventSink(logs.CreateLogger<EventSink>(), metrics, secret, new ClusterMembership());
        _loop = new NodeLoop(
            settings, _transport, events, metrics, TimeProvider.System, new UnheededLifetime(),
            logs.CreateLogger<NodeLoop>());
    }

    public async Task StartAsync()
    {
        await _transport.StartAsync(_loop, CancellationToken.None);
        _loop.Start();
    }

    public async Task CommitAsync(SessionId session, bool creates)
    {
        long number = _loop.NextRequest();
        var outcome = new RecordedOutcome(Guid.NewGuid(), [1]);
        var delta = new SessionDelta([new SessionValue("played", [1])], [], outcome);
        await _loop.RequestAsync(new CommitSession(number, session, delta, creates), number);
    }

    public async Task<LoadResult> LoadAsync(SessionId session)
    {
        long number = _loop.NextRequest();
        Answer answer =
            await _loop.RequestAsync(new LoadSession(number, session) { IsExclusive = true }, number);
        await _loop.PostAsync(new ReleaseSession(number, session), CancellationToken.None);
        return answer.Loaded?.Result ?? LoadResult.Unavailable;
    }

    public async Task RemoveAsync(SessionId session)
    {
        long number = _loop.NextRequest();
        await _loop.RequestAsync(new RemoveSession(number, session), number);
    }

    /// <summary>Ends without a word, like a process that is killed; a second time it does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loop.StopAsync();
        await _transport.DisposeAsync();
        _loop.Dispose();
        _meters.Dispose();
    }

    private static NodeId NodeOf(int index) => new($"{Name}-{index}");

    private static MemberRole RoleOf(int index, int[] ports) =>
        index == ports.Length - 1 ? MemberRole.Voter : MemberRole.Node;

    /// <summary>Its meters have a name that nobody listens to, whatever they are called.</summary>
    private sealed class UnheardMeters : IMeterFactory
    {
        private readonly Meter _meter = new(Name);

        public Meter Create(MeterOptions options) => _meter;

        public void Dispose() => _meter.Dispose();
    }

    /// <summary>Each line is made, as in earnest, and not written.</summary>
    private sealed class UnreadLogs : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            formatter(state, exception);

        public void Dispose()
        {
        }
    }

    /// <summary>A play that goes wrong ends no process.</summary>
    private sealed class UnheededLifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}
