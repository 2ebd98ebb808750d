using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Makes a link of a connection: shakes hands, agrees which of two connections stays, and runs the link. The member
/// with the smaller name decides, whoever has dialed, so both ends always mean the same connection.
/// </summary>
internal sealed class LinkOpener(
    TransportSettings settings,
    IReadOnlyDictionary<NodeId, RemotePeer> peers,
    TransportMetrics metrics,
    RefusalLog refusals,
    IInputSink sink,
    ILogger logger,
    CancellationToken posting)
{
    private readonly Handshake _handshake = new(settings);

    /// <summary>Owns the connection from here on.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="dialed">Whom this end has dialed; nobody where it has listened.</param>
    /// <param name="stopping">Ends the attempt, but not the link.</param>
    /// <returns>What became of the connection; the link runs on.</returns>
    public async Task<DialResult> OpenAsync(
        ConnectionContext connection, RemotePeer? dialed, CancellationToken stopping)
    {
        PeerLink? link = null;
        using var timeout = new CancellationTokenSource(settings.HandshakeTimeout, settings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        string remote = (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "an unknown host";
        try
        {
            HandshakeOutcome outcome = dialed is null
                ? await _handshake.AcceptAsync(connection.Transport, either.Token)
                : await _handshake.DialAsync(connection.Transport, dialed.Node, either.Token);
            if (outcome.Refusal != HandshakeRefusal.None)
            {
                refusals.Report(remote, outcome.Refusal, outcome.Hello, dialed?.Node);

                // Disposed and not aborted: what was sent before reaches the peer, and tells its log what differs.
                await connection.DisposeAsync();
                return outcome.Refusal == HandshakeRefusal.Rejected ? DialResult.Rejected : DialResult.Unusable;
            }

            link = new PeerLink(connection, outcome, settings, metrics, logger);
            DialResult result = await AgreeAsync(link, either.Token);
            if (result == DialResult.Outdated)
            {
                refusals.Report(remote, HandshakeRefusal.Outdated, outcome.Hello, dialed?.Node);
            }

            return result;
        }
        catch (Exception exception) when (ConnectionFailure.Is(exception))
        {
            refusals.Report(remote, HandshakeRefusal.Unfinished, hello: null, dialed?.Node);
            await DiscardAsync(connection, link);
            return DialResult.Unusable;
        }
        catch (Exception exception)
        {
            // A connection that anybody may open must not end the listener or the dialer, whatever is wrong.
            logger.OpeningFailed(exception, remote);
            await DiscardAsync(connection, link);
            return DialResult.Unusable;
        }
    }

    private async Task<DialResult> AgreeAsync(PeerLink link, CancellationToken attempt)
    {
        RemotePeer peer = peers[link.Peer.Node];
        bool decides = settings.Self.Node < peer.Node;
        if (!decides && !await link.ReceiveDecisionAsync(attempt))
        {
            await link.DisposeAsync();
            return DialResult.Duplicate;
        }

        bool isAdopted = peer.TryAdopt(link, decides, out PeerLink? predecessor);
        if (decides)
        {
            try
            {
                await link.SendDecisionAsync(isAdopted, attempt);
            }
            catch (Exception exception) when (ConnectionFailure.Is(exception))
            {
                // The link ends before it begins; it is run nevertheless, so that its end is said in its turn.
                link.Close(LinkEnd.Failed);
            }
        }

        if (!isAdopted)
        {
            await link.DisposeAsync();
            return link.Peer < predecessor!.Peer ? DialResult.Outdated : DialResult.Duplicate;
        }

        _ = RunAsync(peer, link, predecessor);
        return DialResult.Linked;
    }

    private async Task RunAsync(RemotePeer peer, PeerLink link, PeerLink? predecessor)
    {
        await link.RunAsync(predecessor, sink, posting);

        // First the place: whether the peer has died is not to wait until the machine has taken note of the end, until
        // that is written down, and until a dead connection is taken down.
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        peer.Release(link, released.Task);
        link.SayFinished();
        sink.Advance();
        link.LogEnd();
        await link.DisposeAsync();
        released.SetResult();
    }

    private static async ValueTask DiscardAsync(ConnectionContext connection, PeerLink? link)
    {
        if (link is not null)
        {
            await link.DisposeAsync();
            return;
        }

        connection.Abort();
        await connection.DisposeAsync();
    }
}

/// <summary>What became of a dial. Its name is a tag of a metric.</summary>
internal enum DialResult
{
    /// <summary>There is a link.</summary>
    Linked,

    /// <summary>There is one already, by another connection.</summary>
    Duplicate,

    /// <summary>There is one already, to a younger process of the same name.</summary>
    Outdated,

    /// <summary>Nothing listens there: the process that did is dead.</summary>
    Refused,

    /// <summary>Nobody answered in time, or the network failed. It proves nothing.</summary>
    Unreachable,

    /// <summary>Somebody answered, and the handshake was in vain.</summary>
    Unusable,

    /// <summary>The peer answered, and did not accept this process.</summary>
    Rejected,
}
