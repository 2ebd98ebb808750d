namespace SessionCluster.Replication.Membership;

/// <summary>
/// What was sent to a peer about copies, and what of that it has taken; and which commit it has forwarded last.
/// </summary>
internal sealed partial class Peer
{
    private Member _forwarder;
    private long _latestForward;

    /// <summary>How many messages about copies were sent to it; each has its number.</summary>
    public long CopiesSent { get; set; }

    /// <summary>The latest of them that it is known to have taken. A connection keeps their order.</summary>
    public long CopiesTaken { get; private set; }

    /// <summary>The bytes of the states that it was sent once more since the last tick.</summary>
    public long BytesRepeated { get; set; }

    /// <summary>When it acknowledged one last.</summary>
    public Instant CopyTakenAt { get; private set; }

    /// <summary>It has acknowledged a copy, all that was sent of it.</summary>
    public void TakeCopy(long number, Instant now) => (CopiesTaken, CopyTakenAt) = (Math.Max(CopiesTaken, number), now);

    /// <summary>
    /// Whether a message about a copy has not been overtaken by a later one, and those before it are being acknowledged:
    /// it is on its way, or waits there for its turn.
    /// </summary>
    public bool IsInLine(long number, Instant now, TimeSpan patience) =>
        number > CopiesTaken && now - CopyTakenAt <= patience;

    /// <summary>
    /// Takes the number of a commit that a process of this peer has forwarded. It forwards in the order of its numbers.
    /// </summary>
    /// <returns>Whether the commit comes for the first time.</returns>
    public bool TakeForward(Member process, long number)
    {
        if (process == _forwarder && number <= _latestForward)
        {
            return false;
        }

        (_forwarder, _latestForward) = (process, number);
        return true;
    }
}
