using Microsoft.Extensions.Logging;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Says once a minute, for each host and each reason, that connections are refused: a wrong peer dials again and again.
/// </summary>
internal sealed class RefusalLog(ILogger logger, TransportMetrics metrics, TransportSettings settings)
{
    /// <summary>
    /// Beyond this many hosts and reasons everything said before is forgotten, so that the memory is bounded.
    /// </summary>
    private const int EntriesMaximum = 256;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(string Remote, HandshakeRefusal Refusal), Entry> _said = [];
    private readonly Lock _gate = new();

    /// <summary>Counts a refusal, and logs it where that was not done lately.</summary>
    /// <param name="remote">The other host, without its port.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="hello">What the other end said of itself.</param>
    /// <param name="expected">Who was dialed, where this end has dialed.</param>
    public void Report(string remote, HandshakeRefusal refusal, HandshakeHello? hello, NodeId? expected)
    {
        metrics.Refused(refusal);
        string reason = Describe(refusal, hello, expected);
        if (refusal == HandshakeRefusal.Unfinished)
        {
            logger.ConnectionUnfinished(remote, reason);
        }
        else if (IsDue((remote, refusal), out int repeated))
        {
            logger.ConnectionRefused(remote, reason, repeated);
        }
    }

    private bool IsDue((string Remote, HandshakeRefusal Refusal) key, out int repeated)
    {
        long now = settings.Time.GetTimestamp();
        lock (_gate)
        {
            repeated = 0;
            if (_said.TryGetValue(key, out Entry entry))
            {
                if (settings.Time.GetElapsedTime(entry.SaidAt, now) < Interval)
                {
                    _said[key] = entry with { Suppressed = entry.Suppressed + 1 };
                    return false;
                }

                repeated = entry.Suppressed;
            }
            else if (_said.Count >= EntriesMaximum)
            {
                _said.Clear();
            }

            _said[key] = new Entry(now, Suppressed: 0);
            return true;
        }
    }

    private string Describe(HandshakeRefusal refusal, HandshakeHello? hello, NodeId? expected) => refusal switch
    {
        HandshakeRefusal.Malformed => "it does not speak the protocol of the cluster",
        HandshakeRefusal.WireVersion =>
            $"it speaks wire version {hello?.WireVersion}, this node speaks {MessageCodec.WireVersion}",
        HandshakeRefusal.Cluster =>
            $"it belongs to the cluster '{Printable(hello?.Cluster)}', this node to '{settings.Cluster}'",
        HandshakeRefusal.UnknownNode =>
            $"it calls itself '{hello?.Self.Node}', which is not among the peers of this node",
        HandshakeRefusal.OwnName => $"it has this node's own name '{settings.Self.Node}'",
        HandshakeRefusal.UnexpectedNode => $"'{hello?.Self.Node}' answers where '{expected}' should",
        HandshakeRefusal.Secret => "it does not know the secret of the cluster",
        HandshakeRefusal.Outdated =>
            $"it is an older process of '{hello?.Self.Node}' than the one that is connected; do two have this name?",
        HandshakeRefusal.Rejected =>
            $"'{hello?.Self.Node}' did not accept this node; do both have the same secret and know each other's name?",
        HandshakeRefusal.Crowded => "too many connections have not yet proven who they are",
        _ => "it ended before the handshake did",
    };

    /// <summary>A stranger chose the text, so nothing of it may end a line or move a cursor.</summary>
    private static string Printable(string? text) =>
        new([.. (text ?? "").Select(static character => char.IsControl(character) ? '?' : character)]);

    private readonly record struct Entry(long SaidAt, int Suppressed);
}
