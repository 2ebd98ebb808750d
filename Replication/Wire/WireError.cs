namespace SessionCluster.Replication;

/// <summary>Why bytes are not a message.</summary>
public enum WireError
{
    /// <summary>They are one.</summary>
    None,

    /// <summary>They end too early, or announce more than there is.</summary>
    Truncated,

    /// <summary>They go on after the message.</summary>
    TrailingBytes,

    /// <summary>The first byte names no kind of message.</summary>
    UnknownKind,

    /// <summary>A number is too large, or not written in its shortest form.</summary>
    BadNumber,

    /// <summary>A flag or an enumerated value is not one of those that exist.</summary>
    BadChoice,

    /// <summary>A name of a node has a length or a character that is not allowed.</summary>
    BadName,

    /// <summary>A text is not written in its shortest form.</summary>
    BadText,

    /// <summary>A count or a length is beyond <see cref="WireLimits"/>.</summary>
    LimitExceeded,

    /// <summary>Something occurs twice, or out of order, that must not.</summary>
    BadOrder,
}
