using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Dials one peer whenever there is no link with it.</summary>
internal sealed class PeerDialer(
    TransportSettings settings,
    RemotePeer peer,
    SocketDialer sockets,
    LinkOpener opener,
    IInputSink sink,
    TransportMetrics metrics,
    ILogger logger)
{
    /// <summary>
    /// A process that dies closes its links a moment before its listener; so the first pause is short.
    /// </summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// A link that ends sooner than this is one that the peer does not want, and says so in its own log only: it is
    /// dialed again at once the first time, and then like one that does not answer.
    /// </summary>
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(1);

    private const int BriefLinksUntilSaid = 5;

    private int _failures;
    private int _briefLinks;

    /// <summary>Dials until <paramref name="stopping"/>.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            if (peer.Link is { } link)
            {
                long since = settings.Time.GetTimestamp();
                await link.Finished.WaitAsync(stopping);
                await PauseAfterLinkAsync(settings.Time.GetElapsedTime(since), stopping);
            }

            Task linkEnded = peer.LinkEnded;
            long began = settings.Time.GetTimestamp();
            DialResult result = await DialAsync(stopping);
            if (result == DialResult.Refused)
            {
                // The others are to know of a death before it is written down.
                await sink.PostAsync(new DialRefused(peer.Node, settings.Time.GetElapsedTime(began)), stopping);
                logger.NothingListens(peer.EndPoint, peer.Node);
            }

            if (result == DialResult.Rejected)
            {
                await sink.PostAsync(new DialRejected(peer.Node), stopping);
            }

            metrics.Dialed(peer.Node, result);

            if (result != DialResult.Linked)
            {
                await PauseAsync(Pause(result), linkEnded, stopping);
                _failures = linkEnded.IsCompleted ? 0 : _failures + 1;
            }
        }
    }

    private async Task PauseAfterLinkAsync(TimeSpan lasted, CancellationToken stopping)
    {
        _failures = 0;
        _briefLinks = lasted < Brief ? _briefLinks + 1 : 0;
        if (_briefLinks == BriefLinksUntilSaid)
        {
            logger.LinksAreBrief(peer.Node);
        }

        if (_briefLinks > 1)
        {
            await Task.Delay(Pause(_briefLinks - 2), settings.Time, stopping);
        }
    }

    private async Task<DialResult> DialAsync(CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(settings.ConnectTimeout, settings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        SocketDial dial;
        try
        {
            dial = await sockets.DialAsync(peer.EndPoint, either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return DialResult.Unreachable;
        }
        catch (SocketException exception)
        {
            if (_failures == 0)
            {
                logger.DialFailed(peer.Node, peer.EndPoint, exception.SocketErrorCode);
            }

            return DialResult.Unreachable;
        }

        if (dial.IsRefused)
        {
            return DialResult.Refused;
        }

        return dial.Connection is null
            ? DialResult.Unreachable
            : await opener.OpenAsync(dial.Connection, peer, stopping);
    }

    private TimeSpan Pause(DialResult result)
    {
        if (result != DialResult.Refused && _failures == 0)
        {
            return FirstPause;
        }

        return Pause(_failures);
    }

    private TimeSpan Pause(int failures)
    {
        double milliseconds = settings.RedialDelayMinimum.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 16));
        milliseconds = Math.Min(milliseconds, settings.RedialDelayMaximum.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(milliseconds * (0.75 + (settings.Jitter() * 0.25)));
    }

    /// <summary>Waits; but where a link came meanwhile and is lost, it is dialed again at once.</summary>
    private async Task PauseAsync(TimeSpan pause, Task linkEnded, CancellationToken stopping)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(linkEnded, Task.Delay(pause, settings.Time, enough.Token));
        await enough.CancelAsync();
        stopping.ThrowIfCancellationRequested();
    }
}
