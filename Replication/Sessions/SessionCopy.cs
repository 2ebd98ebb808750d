namespace SessionCluster.Replication.Sessions;

/// <summary>One copy of a session on this node. What only a busy session needs is in <see cref="Work"/>.</summary>
internal sealed class SessionCopy(SessionId session, long created)
{
    /// <summary>
    /// What a copy takes beside its keys and values, roughly; so that empty sessions are placed evenly as well.
    /// </summary>
    public const int OverheadBytes = 256;

    public SessionId Session { get; } = session;

    /// <summary>Orders the copies of this node by when they came here.</summary>
    public long Created { get; } = created;

    public SessionState State { get; set; } = SessionState.Empty;

    public long Sequence { get; set; }

    /// <summary>
    /// On the primary, the configuration that is in force; on a backup, the one its primary told last.
    /// </summary>
    public Configuration Configuration { get; set; }

    /// <summary>The view in which a backup was told a configuration last.</summary>
    public long ToldInView { get; set; }

    /// <summary>
    /// The highest counter under which its primary has told it anything in that view. What the same primary said under
    /// a lower one is of an earlier leadership.
    /// </summary>
    public long ToldCounter { get; set; }

    /// <summary>The highest counter that this primary has used, also for changes that it gave up.</summary>
    public long CounterUsed { get; set; }

    public Instant LastAccess { get; set; }

    /// <summary>
    /// Where the session's clock of outcomes began, on the clock of this node, since it has recorded one as primary. It
    /// ends with the leadership: whoever leads next may begin a clock that goes after this one.
    /// </summary>
    public Instant OutcomesSince { get; set; } = Instant.Never;

    /// <summary>On a backup, when its primary last sent it something.</summary>
    public Instant ReplicatedAt { get; set; }

    public bool IsPrimary { get; set; }

    /// <summary>
    /// Whether a quorum has recorded <see cref="Configuration"/>, so that the primary may serve under it.
    /// </summary>
    public bool IsEffective { get; set; }

    /// <summary>Whether this node is to lead the session in the present view, and has not begun to.</summary>
    public bool IsToLead { get; set; }

    /// <summary>Whether this node serves the session: it is its primary by record, and is not giving it away.</summary>
    public bool Leads => IsPrimary && IsEffective && Work is not { GivenAway: not null };

    /// <summary>
    /// Whether it has commits of a leadership that ended before they were answered. Another primary may have given
    /// their sequences to other commits, so a delta does not fit: the next statement has to bring the whole state.
    /// </summary>
    public bool HasForked { get; set; }

    /// <summary>Whether it was used since its backups were last told.</summary>
    public bool IsTouched { get; set; }

    /// <summary>What is under way. Only a primary has any.</summary>
    public CopyWork? Work { get; set; }

    public SessionVersion Version => new(Configuration.Epoch, Sequence);

    public int Bytes => State.Bytes + OverheadBytes;
}
