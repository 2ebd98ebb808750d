namespace SessionCluster.Replication.Sessions;

/// <summary>
/// What is under way for a session on its primary: commits, a change of its holders, a hand-over, its end. When it is
/// done, the object serves the next session that has something under way: a commit allocates none.
/// </summary>
internal sealed class CopyWork
{
    private readonly Stack<HolderProgress> _spare = new();

    /// <summary>By what holders name it when they answer; never twice the same in one process.</summary>
    public long Number { get; set; }

    /// <summary>How far each other holder has come, present and future ones.</summary>
    public List<HolderProgress> Holders { get; } = [];

    /// <summary>The commits that are not acknowledged yet, in the order of their sequences.</summary>
    public Queue<PendingCommit> Commits { get; } = new();

    /// <summary>
    /// No commit is answered before every holder has this sequence: acknowledgements of an earlier one may be from
    /// before the present view, since when the holder may have followed somebody else.
    /// </summary>
    public long AcknowledgedFrom { get; set; }

    /// <summary>The change of holders that is under way.</summary>
    public HolderChange? Change { get; set; }

    /// <summary>To whom the session is being given; it commits nothing here meanwhile.</summary>
    public HandOver? GivenAway { get; set; }

    public Member GivenTo { get; set; }

    /// <summary>When it was first offered.</summary>
    public Instant GivenSince { get; set; }

    /// <summary>When it was last offered.</summary>
    public Instant GivenAt { get; set; }

    /// <summary>
    /// Who asked to take the session over and waits until the work is done. The first gets it; the later ones are sent
    /// on to the first.
    /// </summary>
    public List<Member> Claimants { get; } = [];

    /// <summary>
    /// Whether the session begins nothing more here, so that a claimant gets it. What had waited for this node's
    /// leadership went before.
    /// </summary>
    public bool IsClaimed { get; set; }

    /// <summary>
    /// The load that holds the session exclusively. It ends with this node's leadership, at the latest.
    /// </summary>
    public long? ExclusiveLoad { get; set; }

    /// <summary>Whether the session's end is being recorded.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Whether that end, when it has come true, is this node's to report.</summary>
    public bool ReportsEnd { get; set; }

    /// <summary>Whether it ends because it was not used for so long.</summary>
    public bool IsExpiring { get; set; }

    /// <summary>The requests that wait for the session's end.</summary>
    public List<SessionRequest> Endings { get; } = [];

    public bool IsIdle =>
        Commits.Count == 0 && Change is null && GivenAway is null && Claimants.Count == 0 && ExclusiveLoad is null
            && !IsEnding;

    /// <summary>A further holder, of which nothing is known yet.</summary>
    public HolderProgress Add(Member holder, long minimumCounter)
    {
        HolderProgress progress = _spare.TryPop(out HolderProgress? spare) ? spare : new HolderProgress();
        progress.Begin(holder, minimumCounter);
        Holders.Add(progress);
        return progress;
    }

    /// <summary>Forgets what an idle work still holds. Nobody may look at it, or at its holders, any more.</summary>
    public void Clear()
    {
        foreach (HolderProgress holder in Holders)
        {
            _spare.Push(holder);
        }

        Holders.Clear();
        IsClaimed = false;
        Endings.Clear();
        GivenTo = default;
        GivenSince = default;
        GivenAt = default;
        IsExpiring = false;
        ReportsEnd = false;
        AcknowledgedFrom = 0;
    }

    public HolderProgress? Find(Member holder)
    {
        foreach (HolderProgress progress in Holders)
        {
            if (progress.Holder == holder)
            {
                return progress;
            }
        }

        return null;
    }
}

/// <summary>How far another holder has come.</summary>
internal sealed class HolderProgress
{
    public Member Holder { get; private set; }

    /// <summary>Acknowledgements under an older epoch are of an earlier copy, and do not count.</summary>
    public long MinimumCounter { get; private set; }

    /// <summary>
    /// The highest counter that it was told. An acknowledgement under a higher one is of an earlier view, whose changes
    /// came to nothing.
    /// </summary>
    public long SentCounter { get; set; }

    /// <summary>Invariant: <c>Acknowledged &lt;= Sent</c>. -1 while nothing.</summary>
    public long Sent { get; set; }

    public long Acknowledged { get; set; }

    /// <summary>How often it was sent the full state because an acknowledgement did not come.</summary>
    public int Repetitions { get; set; }

    /// <summary>
    /// Whether what it was sent may be lost with its connection, and it was not sent all of it again for want of room.
    /// </summary>
    public bool IsToRepeat { get; set; }

    /// <summary>The counter of the configuration that the holder has been told and has acknowledged.</summary>
    public long ToldCounter { get; set; }

    /// <summary>Since when it owes an acknowledgement.</summary>
    public Instant WaitingSince { get; set; }

    /// <summary>
    /// The number of the first message to the holder that it has not acknowledged, or of the latest with the full state.
    /// </summary>
    public long OwedFrom { get; set; }

    public bool Owes => Acknowledged < Sent;

    /// <summary>Stands for a holder of which nothing is known yet.</summary>
    public void Begin(Member holder, long minimumCounter)
    {
        Holder = holder;
        MinimumCounter = minimumCounter;
        SentCounter = 0;
        Sent = -1;
        Acknowledged = -1;
        Repetitions = 0;
        IsToRepeat = false;
        ToldCounter = 0;
        WaitingSince = default;
        OwedFrom = 0;
    }
}

/// <summary>A commit that waits for its acknowledgements.</summary>
/// <param name="Sequence">Its sequence.</param>
/// <param name="Request">Who is to be told; nobody where it is not this node that was asked for it.</param>
internal readonly record struct PendingCommit(long Sequence, SessionRequest? Request);

/// <summary>A change of a session's holders: first the new ones get the state, then a quorum records it.</summary>
internal sealed class HolderChange(Configuration target, long baseSequence, ChangeReason reason)
{
    public Configuration Target { get; } = target;

    /// <summary>What the new holders must have before the change is recorded.</summary>
    public long BaseSequence { get; } = baseSequence;

    public ChangeReason Reason { get; } = reason;

    /// <summary>What the new holders were sent of it when it began.</summary>
    public long BytesSent { get; set; }

    /// <summary>From then on it cannot be taken back.</summary>
    public bool IsRecording { get; set; }
}

internal enum ChangeReason
{
    Create,
    Promote,
    TakeOver,
    Protect,
    Move,
    Adopt,
}
