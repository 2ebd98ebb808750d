using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>One authenticated connection to one process of a peer.</summary>
internal sealed class PeerLink : IAsyncDisposable
{
    private const byte Accepted = 1;
    private const byte Refused = 0;

    private readonly ConnectionContext _connection;
    private readonly TransportSettings _settings;
    private readonly ILogger _logger;
    private readonly LinkMetrics _metrics;
    private readonly MemberTimes _times;
    private readonly FrameSealer _sealer;
    private readonly FrameOpener _opener;
    private readonly OutgoingFrames _outgoing;
    private readonly IncomingFrames _incoming;

    // Never disposed, as a late closer may still cancel it; it holds neither a timer nor a handle.
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _madeAt;
    private volatile bool _isStopping;
    private bool _isAnnounced;
    private int _end;

    public PeerLink(
        ConnectionContext connection,
        HandshakeOutcome handshake,
        TransportSettings settings,
        TransportMetrics metrics,
        ILogger logger)
    {
        _connection = connection;
        _settings = settings;
        _logger = logger;
        Peer = handshake.Hello!.Self;
        Role = handshake.Hello.Role;
        _times = handshake.Hello.Times;
        _metrics = new LinkMetrics(metrics, Peer.Node);
        _sealer = new FrameSealer(handshake.Secrets!.FrameKey(ofDialing: handshake.HasDialed));
        _opener = new FrameOpener(handshake.Secrets.FrameKey(ofDialing: !handshake.HasDialed));
        _outgoing = new OutgoingFrames(
            connection.Transport.Output, _sealer, settings.QueuedBytesMaximum, _metrics, FailUnexpectedly);
        _incoming = new IncomingFrames(connection.Transport.Input, _opener, settings.Time, _metrics, EndFlawed);
        _madeAt = settings.Time.GetTimestamp();
    }

    public Member Peer { get; }

    public MemberRole Role { get; }

    /// <summary>Why the link ended.</summary>
    public LinkEnd End => (LinkEnd)Volatile.Read(ref _end);

    public bool IsClosed => End != LinkEnd.None;

    /// <summary>
    /// Done when everything about the link has been said, <see cref="LinkDown"/> included. What it holds may not be
    /// released yet: a peer that has died is to be dialed before that.
    /// </summary>
    public Task Finished => _finished.Task;

    public TimeSpan Age => _settings.Time.GetElapsedTime(_madeAt);

    /// <summary>Queues a message; it is dropped where the link has ended.</summary>
    public void Enqueue(Message message)
    {
        try
        {
            if (!_outgoing.TryEnqueue(message) && Close(LinkEnd.Overflow))
            {
                _logger.QueueOverflowed(Peer, _settings.QueuedBytesMaximum);
            }
        }
        catch (WireLimitException exception)
        {
            // Losing one message is repaired or answered with an error; an exception here would end the whole node.
            _logger.MessageWasTooLarge(message.GetType().Name, Peer, exception.Message);
        }
    }

    public void Flush() => _outgoing.Flush();

    /// <summary>Says that this node lives, and closes the link where the peer did not say so for too long.</summary>
    public void Check()
    {
        TimeSpan silence = _incoming.Silence;
        if (silence > _settings.SilenceMaximum && Close(LinkEnd.Silent))
        {
            _logger.LinkWasSilent(Peer, (long)silence.TotalMilliseconds);
        }

        _outgoing.KeepAlive();
    }

    /// <summary>Ends the link.</summary>
    /// <returns>Whether it had not ended before.</returns>
    public bool Close(LinkEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, (int)end, (int)LinkEnd.None) != (int)LinkEnd.None)
        {
            return false;
        }

        // Not here and now: the loop itself may be the one that closes, and must not run what waits for the token.
        _ = _closing.CancelAsync();
        _connection.Abort();
        return true;
    }

    /// <summary>Ends the link after all that was queued has left.</summary>
    public async Task StopAsync()
    {
        _isStopping = true;
        try
        {
            await _outgoing.CloseAsync().WaitAsync(_settings.StopPatience, _settings.Time);
            await _connection.Transport.Output.CompleteAsync();
            await Finished.WaitAsync(_settings.StopPatience, _settings.Time);
        }
        catch (TimeoutException)
        {
            // The peer does not read; what is queued is lost, as it would be with this process.
            Close(LinkEnd.Stopping);
        }
    }

    /// <summary>
    /// Tells the peer whether this connection becomes a link. Said by the end that decides, and only by it.
    /// </summary>
    public async Task SendDecisionAsync(bool isAccepted, CancellationToken cancellationToken)
    {
        _sealer.Seal([isAccepted ? Accepted : Refused], _connection.Transport.Output);
        await _connection.Transport.Output.FlushAsync(cancellationToken);
    }

    /// <summary>Waits for the other end's decision.</summary>
    public async Task<bool> ReceiveDecisionAsync(CancellationToken cancellationToken) =>
        await _incoming.ReadDecisionAsync(cancellationToken) == Accepted;

    /// <summary>Carries messages until the link ends. That it has ended is posted; the sink must be advanced.</summary>
    /// <param name="predecessor">The link whose place this one takes; its end is said first.</param>
    /// <param name="sink">Takes the inputs.</param>
    /// <param name="posting">Ends all posting.</param>
    public async Task RunAsync(PeerLink? predecessor, IInputSink sink, CancellationToken posting)
    {
        try
        {
            if (predecessor is not null)
            {
                predecessor.Close(LinkEnd.Replaced);
                await predecessor.Finished;
            }

            _outgoing.Open();
            await sink.PostAsync(new LinkUp(Peer, Role, _times), posting);
            _isAnnounced = true;
            _metrics.Began();
            _logger.LinkIsUp(Peer);
            if (_times.SuspectAfter != _settings.Times.SuspectAfter)
            {
                _logger.TimesDiffer(Peer, _times.SuspectAfter, _settings.Times.SuspectAfter);
            }

            LinkFinding finding = await _incoming.ReadAllAsync(
                frame => sink.PostAsync(Peer, frame, _closing.Token), sink.Advance, _closing.Token);
            if (Close(_isStopping ? LinkEnd.Stopping : finding.End) && finding.Flaw is not null)
            {
                _logger.FrameWasBad(Peer, finding.Flaw);
            }
        }
        catch (Exception exception) when (ConnectionFailure.Is(exception))
        {
            Close(_isStopping ? LinkEnd.Stopping : LinkEnd.Failed);
        }
        catch (Exception exception)
        {
            // Whatever is wrong ends this link alone; the peer dials again, and a human reads this.
            FailUnexpectedly(exception);
        }
        finally
        {
            Close(LinkEnd.Failed);
            await SayDownAsync(sink, posting);
        }
    }

    /// <summary>Everything about the link has been said, and its place is free.</summary>
    public void SayFinished() => _finished.TrySetResult();

    /// <summary>Writes down that the link has ended, if it ever was one to others.</summary>
    public void LogEnd()
    {
        if (_isAnnounced)
        {
            _metrics.Ended(End);
            _logger.LinkHasEnded(Peer, End);
        }
    }

    /// <summary>Releases what the link holds, whether it was run or not.</summary>
    public async ValueTask DisposeAsync()
    {
        Close(LinkEnd.Failed);
        SayFinished();
        await _outgoing.AbandonAsync();
        await _connection.DisposeAsync();
        _outgoing.Dispose();
        _sealer.Dispose();
        _opener.Dispose();
    }

    /// <summary>The peer has sealed something that is no message.</summary>
    private void EndFlawed(string flaw)
    {
        if (Close(LinkEnd.BadFrame))
        {
            _logger.FrameWasBad(Peer, flaw);
        }
    }

    private void FailUnexpectedly(Exception exception)
    {
        _logger.LinkFailedUnexpectedly(exception, Peer);
        Close(LinkEnd.Failed);
    }

    private async Task SayDownAsync(IInputSink sink, CancellationToken posting)
    {
        if (!_isAnnounced)
        {
            return;
        }

        try
        {
            await sink.PostAsync(new LinkDown(Peer), posting);
        }
        catch (OperationCanceledException)
        {
            // The node stops; nobody is left to be told.
        }
    }
}
