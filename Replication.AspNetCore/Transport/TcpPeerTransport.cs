using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The transport between real processes: one TCP connection a pair of members, authenticated and sealed as
/// <c>docs/wire.md</c> says. It has a listener of its own, so the application's endpoints stay as they are.
/// </summary>
internal sealed class TcpPeerTransport : IPeerTransport, IThreadPoolWorkItem, IAsyncDisposable
{
    /// <summary>
    /// Beyond this, what the network has not taken waits in the link's own queue, whose bound counts.
    /// </summary>
    private const int WriteBufferBytes = 256 * 1024;

    private const int ReadBufferBytes = 1024 * 1024;

    /// <summary>
    /// For so long after something was said about a view nothing waits for anything: all that requests wait for
    /// meanwhile are the few messages with which the members come to terms.
    /// </summary>
    private static readonly TimeSpan Hurry = TimeSpan.FromMilliseconds(100);

    private readonly TransportSettings _settings;
    private readonly ILogger _logger;
    private readonly Dictionary<NodeId, RemotePeer> _peers;
    private readonly TransportMetrics _metrics;
    private readonly RefusalLog _refusals;
    private readonly SocketConnectionContextFactory _outbound;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _posting = new();
    private IConnectionListener? _listener;

    /// <summary>Whether something was queued since the last call of <see cref="Flush"/>; both are the loop's.</summary>
    private bool _hasQueued;

    /// <summary>
    /// When something was said about a view; nothing where that is long ago. It is the loop's as well.
    /// </summary>
    private long? _hurriesSince;
    private int _isFlushing;
    private Task _running = Task.CompletedTask;

    public TcpPeerTransport(TransportSettings settings)
    {
        _settings = settings;
        _logger = settings.LoggerFactory.CreateLogger<TcpPeerTransport>();
        _metrics = new TransportMetrics(settings.MeterFactory);
        _refusals = new RefusalLog(_logger, _metrics, settings);
        _peers = settings.Peers.ToDictionary(
            static peer => peer.Key,
            peer => new RemotePeer(peer.Key, peer.Value, settings.ConnectTimeout + settings.HandshakeTimeout));
        _outbound = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions
            {
                MaxReadBufferSize = ReadBufferBytes,
                MaxWriteBufferSize = WriteBufferBytes,

                // Nothing here blocks a thread, so a step less between the socket and the code costs nothing.
                UnsafePreferInlineScheduling = true,

                // There are few links and each is in use: a buffer that waits costs less than asking twice.
                WaitForDataBeforeAllocatingBuffer = false,
            },
            _logger);
    }

    /// <summary>Where this node listens, once it does.</summary>
    public IPEndPoint? LocalEndPoint => _listener?.EndPoint as IPEndPoint;

    public async Task StartAsync(IInputSink sink, CancellationToken cancellationToken)
    {
        var factory = new SocketTransportFactory(
            Options.Create(new SocketTransportOptions
            {
                MaxReadBufferSize = ReadBufferBytes,
                MaxWriteBufferSize = WriteBufferBytes,
                UnsafePreferInlineScheduling = true,
                WaitForDataBeforeAllocatingBuffer = false,
            }),
            _settings.LoggerFactory);
        _listener = await BindAsync(factory, cancellationToken);
        _logger.Listening(_listener.EndPoint);

        var opener = new LinkOpener(_settings, _peers, _metrics, _refusals, sink, _logger, _posting.Token);
        var listener = new PeerListener(_settings, opener, _refusals, _logger);
        List<Task> running = [listener.RunAsync(_listener, _stopping.Token)];
        var sockets = new SocketDialer(_outbound);
        foreach (RemotePeer peer in _peers.Values)
        {
            var dialer = new PeerDialer(_settings, peer, sockets, opener, sink, _metrics, _logger);
            running.Add(UntilStopAsync(dialer.RunAsync));
        }

        running.Add(UntilStopAsync(CheckLinksAsync));
        _running = Task.WhenAll(running);
    }

    private async Task<IConnectionListener> BindAsync(
        SocketTransportFactory factory, CancellationToken cancellationToken)
    {
        try
        {
            return await factory.BindAsync(_settings.Listen, cancellationToken);
        }
        catch (Exception exception) when (exception is AddressInUseException or SocketException)
        {
            throw new IOException(
                $"Peers cannot be listened for at {_settings.Listen} (Replication:Port, Replication:ListenAddress): "
                + exception.Message,
                exception);
        }
    }

    public void Enqueue(Member to, Message message)
    {
        if (_peers.TryGetValue(to.Node, out RemotePeer? peer) && peer.Link is { } link && link.Peer == to)
        {
            link.Enqueue(message);
            _hasQueued = true;
            if (message is DeathNotice or ViewPrepare or ViewPromise or ViewAccept or ViewAccepted or ViewInstall)
            {
                _hurriesSince = _settings.Time.GetTimestamp();
            }
        }
    }

    /// <summary>
    /// Sends what is queued behind all work that waits for the pool already. So what a burst of requests and messages
    /// has to say leaves together, in one frame and one write a peer; a node with nothing else to do sends at once, and
    /// so does one whose view changes.
    /// </summary>
    public void Flush()
    {
        if (_hasQueued)
        {
            _hasQueued = false;
            if (ThreadPool.PendingWorkItemCount == 0 || IsInHurry())
            {
                ((IThreadPoolWorkItem)this).Execute();
            }
            else if (Interlocked.Exchange(ref _isFlushing, 1) == 0)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        // First of all: what is queued from now on has to be flushed again.
        Interlocked.Exchange(ref _isFlushing, 0);
        foreach (RemotePeer peer in _peers.Values)
        {
            peer.Link?.Flush();
        }
    }

    private bool IsInHurry()
    {
        if (_hurriesSince is { } since && _settings.Time.GetElapsedTime(since) > Hurry)
        {
            _hurriesSince = null;
        }

        return _hurriesSince is not null;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // The listener last: one that refuses while the process still speaks would be taken for its death.
        await _stopping.CancelAsync();
        await _running;
        try
        {
            await Task.WhenAll(Links().Select(static link => link.StopAsync())).WaitAsync(cancellationToken);
        }
        finally
        {
            await DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_posting.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync();
        await _posting.CancelAsync();
        await _running;
        PeerLink[] links = [.. Links()];
        foreach (PeerLink link in links)
        {
            link.Close(LinkEnd.Stopping);
        }

        await Task.WhenAll(links.Select(static link => link.Finished));
        await Task.WhenAll(_peers.Values.Select(static peer => peer.Released));
        if (_listener is not null)
        {
            await _listener.DisposeAsync();
        }

        _outbound.Dispose();
        _stopping.Dispose();
        _posting.Dispose();
    }

    private IEnumerable<PeerLink> Links() => _peers.Values.Select(static peer => peer.Link).OfType<PeerLink>();

    private async Task UntilStopAsync(Func<CancellationToken, Task> run)
    {
        try
        {
            await run(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Asked for.
        }
        catch (Exception exception)
        {
            // The links that stand go on, so the node lives; but somebody must know.
            _logger.TransportFailed(exception);
        }
    }

    private async Task CheckLinksAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(_settings.KeepAliveInterval, _settings.Time);
        long checkedAt = _settings.Time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stopping))
        {
            // A process that was not scheduled has heard nothing, but its peers may have spoken: let it read first.
            bool wasPaused = _settings.Time.GetElapsedTime(checkedAt) > _settings.KeepAliveInterval * 2;
            checkedAt = _settings.Time.GetTimestamp();
            foreach (PeerLink link in wasPaused ? [] : Links())
            {
                link.Check();
            }
        }
    }
}
