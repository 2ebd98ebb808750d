using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Protocol;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>
/// One cluster member's replication logic: inputs and the time come in, messages, completions and facts go out. It owns
/// no socket, clock, thread or random. Not thread-safe: one caller at a time.
/// </summary>
public sealed class ReplicationNode
{
    private readonly NodeContext _context;
    private readonly NodeParts _parts;
    private readonly TimeSpan _slowness;
    private readonly TimeSpan _lateness;
    private Instant _lastStep;
    private Instant _nextTick;

    /// <summary>Makes a member that has just started.</summary>
    /// <param name="settings">Its limits and durations.</param>
    /// <param name="now">The time on the clock of this process.</param>
    /// <exception cref="ArgumentException">The settings are not possible.</exception>
    public ReplicationNode(ReplicationSettings settings, Instant now)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        _context = new NodeContext(settings, now);
        _parts = new NodeParts(_context);
        Inspection = new Inspection(_context, _parts);
        _slowness = settings.SuspectAfter / 2;
        _lateness = settings.HeartbeatInterval / 4;
        _lastStep = now;
        _nextTick = now;
        NextDeadline = now;
    }

    /// <summary>When <see cref="Step"/> must be called next, if nothing arrives before.</summary>
    public Instant NextDeadline { get; private set; }

    /// <summary>For checkers.</summary>
    internal Inspection Inspection { get; }

    /// <summary>The latest view that this node knows; it need not be a member.</summary>
    public View View => _context.Views.Current;

    /// <summary>
    /// With <see cref="PartitionPolicy.Available"/>: whether others may serve on their own, because members of the view
    /// fell silent, or are known to have gone on by themselves. Always false with
    /// <see cref="PartitionPolicy.Majority"/>.
    /// </summary>
    public bool IsDivided => _parts.IsDivided;

    /// <summary>Whether this node is a member of its view, knows all locations, and is not leaving.</summary>
    public bool IsReady =>
        (!_context.Settings.Replicates || _context.Views.IsServing) && Status != MemberStatus.Leaving;

    /// <summary>Whether this node may serve now: it is an active member and a quorum has renewed its lease.</summary>
    public bool HasPermission(Instant now) => _parts.Heartbeats.HasPermission(now);

    /// <summary>What this node does, as it tells the others: a drain that is announced counts.</summary>
    public MemberStatus Status => _context.SaidStatus;

    /// <summary>The copies on this node, in no particular but a reproducible order.</summary>
    public IEnumerable<CopyDescription> Copies
    {
        get
        {
            foreach ((SessionId session, Location location) in _context.Map.All())
            {
                if (location.Copy is { } copy)
                {
                    yield return new CopyDescription(
                        session, copy.Leads, copy.Version, copy.State.Bytes, _lastStep - copy.LastAccess, copy.Created);
                }
            }
        }
    }

    /// <summary>The sessions that would be lost if this process ended now: no other living member has a copy.</summary>
    public IEnumerable<SessionId> OnlyHere
    {
        get
        {
            foreach ((SessionId session, Location location) in _context.Map.All())
            {
                if (location.Copy is { } copy && _parts.IsOnlyHere(copy))
                {
                    yield return session;
                }
            }
        }
    }

    /// <summary>
    /// Whether this node may be taken out of service without a loss, as far as it can see: somebody is there to take
    /// over what it has, or it has nothing.
    /// </summary>
    public bool CanDrain => _parts.CanDrain;

    /// <summary>How many sessions this node is primary of.</summary>
    public int PrimaryCount => _context.Map.PrimaryCount;

    /// <summary>How many sessions this node backs up.</summary>
    public int BackupCount => _context.Map.BackupCount;

    /// <summary>How many of its own sessions have fewer copies on members of the view than configured.</summary>
    public int UnprotectedCount => _parts.CountUnprotected();

    /// <summary>How many living sessions this node knows the location of, its own included.</summary>
    public int LocationCount => _context.Map.LivingCount;

    /// <summary>The bytes of all copies on this node.</summary>
    public long BytesHeld => _context.Map.CopyBytes;

    /// <summary>Who holds the session as far as this node knows; nobody when it has never heard of it.</summary>
    public Placement? PlacementOf(SessionId session) =>
        _context.Map.TryGet(session, out Location location) ? location.Placement : null;

    /// <summary>What this node has recorded of the session; the default when nothing.</summary>
    internal Configuration ConfigurationOf(SessionId session) =>
        _context.Map.TryGet(session, out Location location) && location.IsRecorded ? location.Configuration : default;

    /// <summary>How many commits the copy on this node has; -1 where there is none.</summary>
    internal long SequenceOf(SessionId session) => _context.Map.CopyOf(session)?.Sequence ?? -1;

    /// <summary>The state of the copy on this node; nothing where there is none.</summary>
    public SessionState? StateOf(SessionId session) => _context.Map.CopyOf(session)?.State;

    /// <summary>Takes one input. What follows from it is in <paramref name="outbox"/>.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="now">When; never before an earlier step.</param>
    /// <param name="outbox">Receives the consequences; the caller empties it.</param>
    /// <param name="isFollowed">
    /// Whether another step follows at once. What all have to record is then gathered, and travels together after the
    /// last.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="now"/> lies before an earlier step.</exception>
    public void Step(Input input, Instant now, Outbox outbox, bool isFollowed = false)
    {
        if (input is PeerMessage message)
        {
            Receive(message.From, message.Message, now, outbox, isFollowed);
            return;
        }

        Begin(now, outbox);
        _parts.Handle(input);
        End(now, isFollowed, isUrgent: input is LinkDown or DialRefused);
    }

    /// <summary>
    /// Takes one message, as a step with a <see cref="PeerMessage"/> does. There are so many of them that none needs an
    /// object of its own.
    /// </summary>
    /// <param name="from">The process that said it.</param>
    /// <param name="message">What it said.</param>
    /// <param name="now">When; never before an earlier step.</param>
    /// <param name="outbox">Receives the consequences; the caller empties it.</param>
    /// <param name="isFollowed">Whether another step follows at once.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="now"/> lies before an earlier step.</exception>
    public void Receive(Member from, Message message, Instant now, Outbox outbox, bool isFollowed = false)
    {
        Begin(now, outbox);
        _parts.Receive(from, message);
        End(now, isFollowed, isUrgent: false);
    }

    private void Begin(Instant now, Outbox outbox)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(now, _lastStep);
        _context.Now = now;
        _context.Outbox = outbox;
        TimeSpan gap = now - NextDeadline;
        if (gap > _slowness)
        {
            _parts.NoticeSlowness(gap);
        }
        else if (gap > _lateness)
        {
            _parts.NoticeLateness(gap);
        }

        _parts.NoticeLapse();
        _lastStep = now;
    }

    /// <param name="now">The time of the step.</param>
    /// <param name="isFollowed">Whether another step follows at once.</param>
    /// <param name="isUrgent">Whether the parts are to be asked soon, whatever they have under way.</param>
    private void End(Instant now, bool isFollowed, bool isUrgent)
    {
        if (now >= _parts.NextSlice)
        {
            _parts.Continue();
        }

        if (now >= _nextTick)
        {
            _parts.Tick();
            _parts.Finish(isFollowed);
            _nextTick = _parts.NextTick;
        }
        else
        {
            _parts.Finish(isFollowed);
            if (_parts.HasWork || isUrgent)
            {
                _nextTick = Instant.Min(_nextTick, _parts.NextTick);
            }
        }

        NextDeadline = Instant.Min(_nextTick, _parts.NextSlice);
    }
}
