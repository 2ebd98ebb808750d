using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>What the transport counts. Tags are names of members and of reasons, so there are few series.</summary>
internal sealed class TransportMetrics
{
    /// <summary>The meter of this library.</summary>
    public const string MeterName = "SessionCluster.Replication";

    private readonly Counter<long> _refused;
    private readonly Counter<long> _dials;

    public TransportMetrics(IMeterFactory meterFactory)
    {
        Meter meter = meterFactory.Create(MeterName);
        BytesSent = meter.CreateCounter<long>(
            "session_cluster.transport.sent", "By", "Bytes written to peers, framing included");
        BytesReceived = meter.CreateCounter<long>(
            "session_cluster.transport.received", "By", "Bytes read from peers, framing included");
        FramesSent = meter.CreateCounter<long>(
            "session_cluster.transport.frames.sent", "{frame}", "Frames written to peers");
        FramesReceived = meter.CreateCounter<long>(
            "session_cluster.transport.frames.received", "{frame}", "Frames read from peers");
        MessagesSent = meter.CreateCounter<long>(
            "session_cluster.transport.messages.sent", "{message}", "Messages queued for peers");
        MessagesReceived = meter.CreateCounter<long>(
            "session_cluster.transport.messages.received", "{message}", "Messages read from peers");
        Links = meter.CreateUpDownCounter<long>(
            "session_cluster.transport.links", "{link}", "Links that stand");
        LinksEnded = meter.CreateCounter<long>(
            "session_cluster.transport.links.ended", "{link}", "Links that have ended, by reason");
        _refused = meter.CreateCounter<long>(
            "session_cluster.transport.refused", "{connection}", "Connections that did not become a link, by reason");
        _dials = meter.CreateCounter<long>(
            "session_cluster.transport.dials", "{dial}", "Attempts to connect, by outcome");
    }

    public Counter<long> BytesSent { get; }

    public Counter<long> BytesReceived { get; }

    public Counter<long> FramesSent { get; }

    public Counter<long> FramesReceived { get; }

    public Counter<long> MessagesSent { get; }

    public Counter<long> MessagesReceived { get; }

    public UpDownCounter<long> Links { get; }

    public Counter<long> LinksEnded { get; }

    public void Refused(HandshakeRefusal reason) =>
        _refused.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    public void Dialed(NodeId peer, DialResult result) =>
        _dials.Add(1, new TagList { { "peer", peer.Name }, { "outcome", result.ToString() } });
}

/// <summary>The counters of one link; its tag is made once.</summary>
internal sealed class LinkMetrics(TransportMetrics metrics, NodeId peer)
{
    private readonly KeyValuePair<string, object?> _peer = new("peer", peer.Name);

    public void MessageSent() => metrics.MessagesSent.Add(1, _peer);

    public void MessageReceived() => metrics.MessagesReceived.Add(1, _peer);

    public void FrameSent(int bytes)
    {
        metrics.FramesSent.Add(1, _peer);
        metrics.BytesSent.Add(bytes, _peer);
    }

    public void FrameReceived(int bytes)
    {
        metrics.FramesReceived.Add(1, _peer);
        metrics.BytesReceived.Add(bytes, _peer);
    }

    public void Began() => metrics.Links.Add(1, _peer);

    public void Ended(LinkEnd end)
    {
        metrics.Links.Add(-1, _peer);
        metrics.LinksEnded.Add(1, _peer, new KeyValuePair<string, object?>("reason", end.ToString()));
    }
}
