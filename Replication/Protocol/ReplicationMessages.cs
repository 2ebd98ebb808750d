namespace SessionCluster.Replication;

/// <summary>From the primary to a holder: make your copy this version.</summary>
/// <param name="Session">The session.</param>
/// <param name="Version">The version after the change.</param>
/// <param name="BaseSequence">The sequence that the delta applies to; ignored with a full state.</param>
/// <param name="Payload">The change.</param>
/// <param name="Idle">How long ago the session was last used.</param>
/// <param name="Configuration">
/// The configuration that the receiver becomes a holder of, where it is not one already, or is told the full state.
/// </param>
/// <param name="View">
/// With a configuration, the number of the sender's view: what an older view's primary wanted came to nothing. With a
/// marked delta as well: the view in which it was made.
/// </param>
public sealed record Replicate(
    SessionId Session,
    HolderVersion Version,
    long BaseSequence,
    ReplicatePayload Payload,
    TimeSpan Idle,
    Configuration? Configuration,
    long View = 0) : Message
{
    /// <summary>The session.</summary>
    public SessionId Session { get; private set; } = Session;

    /// <summary>The version after the change.</summary>
    public HolderVersion Version { get; private set; } = Version;

    /// <summary>The sequence that the delta applies to; ignored with a full state.</summary>
    public long BaseSequence { get; private set; } = BaseSequence;

    /// <summary>The change.</summary>
    public ReplicatePayload Payload { get; private set; } = Payload;

    /// <summary>How long ago the session was last used.</summary>
    public TimeSpan Idle { get; private set; } = Idle;

    /// <summary>
    /// The configuration that the receiver becomes a holder of, where it is not one already, or is told the full state.
    /// </summary>
    public Configuration? Configuration { get; private set; } = Configuration;

    /// <summary>The number of the sender's view, where it matters.</summary>
    public long View { get; private set; } = View;

    /// <summary>
    /// By what the primary knows what it has under way for the session; the acknowledgement names that and not the
    /// session, which is much longer. Never twice the same in one process; 0 where nothing is under way.
    /// </summary>
    public long Work { get; internal set; }

    /// <summary>
    /// Whether the receiver marks which keys are of this commit, as sides may serve on their own. Only ever with a
    /// delta.
    /// </summary>
    public bool IsMarked { get; init; }

    /// <summary>Makes another message of one that nobody needs any more. Marked ones are made anew.</summary>
    internal Replicate Become(
        SessionId session,
        HolderVersion version,
        long baseSequence,
        ReplicatePayload payload,
        TimeSpan idle,
        Configuration? configuration,
        long view,
        long work)
    {
        (Session, Version, BaseSequence, Payload) = (session, version, baseSequence, payload);
        (Idle, Configuration, View, Work) = (idle, configuration, view, work);
        return this;
    }
}

/// <summary>The content of a <see cref="Replicate"/>: a delta or a full state, never both.</summary>
/// <param name="Delta">What changed since the base, or nothing.</param>
/// <param name="Full">The whole state, or nothing.</param>
public readonly record struct ReplicatePayload(SessionDelta? Delta, SessionState? Full);

/// <summary>The holder has this version.</summary>
/// <param name="Work">What the primary has called its work for the session, in <see cref="Replicate.Work"/>.</param>
/// <param name="Version">The version.</param>
public sealed record Replicated(long Work, HolderVersion Version) : Message
{
    /// <summary>What the primary has called its work for the session.</summary>
    public long Work { get; private set; } = Work;

    /// <summary>The version.</summary>
    public HolderVersion Version { get; private set; } = Version;

    /// <summary>Makes another message of one that nobody needs any more.</summary>
    internal Replicated Become(long work, HolderVersion version)
    {
        (Work, Version) = (work, version);
        return this;
    }
}

/// <summary>The holder has not the base of the delta, or nothing at all: send the full state.</summary>
/// <param name="Session">The session.</param>
/// <param name="Version">The version that could not be made.</param>
public sealed record NeedFull(SessionId Session, HolderVersion Version) : Message;

/// <summary>The statement was older than what is recorded here.</summary>
/// <param name="View">
/// The number of the sender's view, whose map it has. In any other view it means nothing: what was recorded in the one
/// need not be known in the next.
/// </param>
/// <param name="Session">The session.</param>
/// <param name="Configuration">What is recorded.</param>
public sealed record Stale(long View, SessionId Session, Configuration Configuration) : Message;

/// <summary>The sessions that were used without being changed, batched.</summary>
/// <param name="Touches">At most <see cref="TouchesMaximum"/> sessions.</param>
public sealed record Touched(IReadOnlyList<Touch> Touches) : Message
{
    /// <summary>The greatest number of touches in one message.</summary>
    public const int TouchesMaximum = 4096;
}

/// <summary>When a session was last used.</summary>
/// <param name="Session">
/// <see cref="SessionId.Prefix"/> of the session. That is enough to say which of the receiver's copies lives on, and a
/// third of what a touch would cost else.
/// </param>
/// <param name="Idle">How long ago that was, when the message was made.</param>
public readonly record struct Touch(ulong Session, TimeSpan Idle);

/// <summary>
/// What the sender has of sessions that the receiver leads and it backs up, so that the receiver finds out what is
/// missing. It is true for the moment at which all that the sender has acknowledged until then is acknowledged.
/// </summary>
/// <param name="View">The number of the view in which both are.</param>
/// <param name="FirstPart">The first part of all sessions that is compared, from 0.</param>
/// <param name="Digests">
/// A digest of the sessions and their sequences in each part from the first one on; 0 where the sender has none.
/// </param>
public sealed record CopyDigests(long View, int FirstPart, IReadOnlyList<ulong> Digests) : Message
{
    /// <summary>In how many parts all sessions are compared, by the first bits of their identifiers.</summary>
    public const int Parts = 16;
}
