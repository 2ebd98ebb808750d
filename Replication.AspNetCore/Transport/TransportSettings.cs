using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>What the transport needs to know. The options' validator has checked it before.</summary>
internal sealed record TransportSettings
{
    /// <summary>This process.</summary>
    public required Member Self { get; init; }

    /// <summary>What this process does.</summary>
    public required MemberRole Role { get; init; }

    /// <summary>The times of this process that the others are told.</summary>
    public required MemberTimes Times { get; init; }

    /// <summary>The cluster's name; members of another one are refused.</summary>
    public required string Cluster { get; init; }

    /// <summary>What all members know and nobody else. All keys of the transport derive from it.</summary>
    public required ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>Where to listen; port 0 lets the system choose.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>All other members by name, and where they listen. Names are resolved again at each dial.</summary>
    public required IReadOnlyDictionary<NodeId, DnsEndPoint> Peers { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes the loggers.</summary>
    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>Makes the meter.</summary>
    public required IMeterFactory MeterFactory { get; init; }

    /// <summary>From 0 to less than 1; spreads the dials of many nodes.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    /// <summary>How long a dial may take. A host that answers nothing has not refused.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a connection may take until both ends have proven who they are.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The pause after the first dial in vain; it doubles with each further one.</summary>
    public TimeSpan RedialDelayMinimum { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause between two dials.</summary>
    public TimeSpan RedialDelayMaximum { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often a link says something, at least.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A link on which nothing came for so long is closed and dialed again: after a cut, a fresh connection is there
    /// sooner than the old one's retransmission.
    /// </summary>
    public TimeSpan SilenceMaximum { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a stop waits until what is queued has left.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A peer that lets so many bytes wait is disconnected; the protocol repairs what it missed.</summary>
    public long QueuedBytesMaximum { get; init; } = 64 * 1024 * 1024;

    /// <summary>How many inbound connections may be there that have not yet proven who they are.</summary>
    public int UnauthenticatedMaximum { get; init; } = 64;
}
