namespace SessionCluster.Replication.AspNetCore;

/// <summary>Why a link ended. Its name is a tag of a metric.</summary>
internal enum LinkEnd
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>The peer has closed the connection, or its process has died.</summary>
    ClosedByPeer,

    /// <summary>The connection failed.</summary>
    Failed,

    /// <summary>A frame did not open, was too large, or held something that is no message.</summary>
    BadFrame,

    /// <summary>Too much waited to be sent.</summary>
    Overflow,

    /// <summary>Nothing came for too long.</summary>
    Silent,

    /// <summary>Another connection to the peer has taken its place.</summary>
    Replaced,

    /// <summary>This node stops.</summary>
    Stopping,
}
