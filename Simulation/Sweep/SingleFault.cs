namespace SessionCluster.Simulation;

/// <summary>The one thing that goes wrong; unless it says otherwise, until the story is over.</summary>
internal enum SingleFault
{
    /// <summary>The sender's process is killed when the message has left.</summary>
    KillSender,

    /// <summary>The receiver's process is killed before the message comes.</summary>
    KillReceiver,

    /// <summary>The sender's host is gone with its process: nobody answers there.</summary>
    LoseSender,

    /// <summary>The receiver's host is gone with its process.</summary>
    LoseReceiver,

    /// <summary>The sender is stopped when the message has left.</summary>
    StopSender,

    /// <summary>The receiver is stopped before the message comes.</summary>
    StopReceiver,

    /// <summary>The sender's process is killed, and its successor starts at once.</summary>
    RestartSender,

    /// <summary>The receiver's process is killed, and its successor starts at once.</summary>
    RestartReceiver,

    /// <summary>The sender is stopped for so long that the others go on without it; then it goes on as well.</summary>
    PauseSender,

    /// <summary>
    /// The receiver is stopped for so long that the others go on without it; then it goes on as well.
    /// </summary>
    PauseReceiver,

    /// <summary>The sender is stopped for less than that.</summary>
    DelaySender,

    /// <summary>The receiver is stopped for less than that.</summary>
    DelayReceiver,

    /// <summary>Nothing gets from the sender to the receiver any more, this message neither.</summary>
    CutWay,

    /// <summary>Nothing gets from the receiver to the sender any more.</summary>
    CutWayBack,

    /// <summary>Nothing gets between the two any more.</summary>
    CutBothWays,

    /// <summary>
    /// Everything takes longer from the sender to the receiver than a holder is waited for, this message too.
    /// </summary>
    ClogWay,

    /// <summary>Nothing gets to the sender or from it any more.</summary>
    IsolateSender,

    /// <summary>Nothing gets to the receiver or from it any more.</summary>
    IsolateReceiver,

    /// <summary>Nothing gets to the sender or from it, for so long that the others go on without it.</summary>
    MissSender,

    /// <summary>Nothing gets to the receiver or from it, for so long that the others go on without it.</summary>
    MissReceiver,

    /// <summary>The connection is reset, and the message is lost with it.</summary>
    Reset,

    /// <summary>Nothing gets to the receiver or from it any more but between it and the sender.</summary>
    LeaveSenderBetween,

    /// <summary>Nothing gets to the sender or from it any more but between it and the receiver.</summary>
    LeaveReceiverBetween,
}
