namespace SessionCluster.Replication.AspNetCore;

/// <summary>Why a connection did not become a link. Its name is a tag of a metric.</summary>
internal enum HandshakeRefusal
{
    /// <summary>It did.</summary>
    None,

    /// <summary>What came is not our handshake.</summary>
    Malformed,

    /// <summary>The peer speaks another version of the wire format.</summary>
    WireVersion,

    /// <summary>The peer belongs to another cluster.</summary>
    Cluster,

    /// <summary>The peer's name is not among those that are configured here.</summary>
    UnknownNode,

    /// <summary>The peer has this node's own name.</summary>
    OwnName,

    /// <summary>Another peer answers where this one should.</summary>
    UnexpectedNode,

    /// <summary>The peer has not proven that it knows the cluster's secret.</summary>
    Secret,

    /// <summary>A younger process of the same name is connected.</summary>
    Outdated,

    /// <summary>The peer ended the connection after it had seen this node's proof.</summary>
    Rejected,

    /// <summary>The peer ended the connection before that, or was silent; it may have died.</summary>
    Unfinished,

    /// <summary>Too many connections have not yet proven who they are.</summary>
    Crowded,
}
