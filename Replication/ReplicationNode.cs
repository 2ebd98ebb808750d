#pragma warning disable CA1822 // The contract; the machine behind it follows.
namespace SessionCluster.Replication;

/// <summary>
/// One cluster member's replication logic: inputs and the time come in, messages, completions and facts go out. It owns
/// no socket, clock, thread or random. Not thread-safe: one caller at a time.
/// </summary>
public sealed class ReplicationNode
{
    /// <summary>Makes a member that has just started.</summary>
    /// <param name="settings">Its limits and durations.</param>
    /// <param name="now">The time on the clock of this process.</param>
    /// <exception cref="ArgumentException">The settings are not possible.</exception>
    public ReplicationNode(ReplicationSettings settings, Instant now)
    {
        settings.Validate();
        NextDeadline = now;
    }

    /// <summary>When <see cref="Step"/> must be called next, if nothing arrives before.</summary>
    public Instant NextDeadline { get; private set; }

    /// <summary>The latest installed view.</summary>
    public View View => throw new InvalidOperationException();

    /// <summary>Whether this node is a member of its view, knows all locations, and is not leaving.</summary>
    public bool IsReady => false;

    /// <summary>Whether this node may serve now: it is an active member and a quorum has renewed its lease.</summary>
    public bool HasPermission(Instant now) => false;

    /// <summary>What this node does.</summary>
    public MemberStatus Status => MemberStatus.Joining;

    /// <summary>The copies on this node, in no particular but a reproducible order.</summary>
    public IEnumerable<CopyDescription> Copies => [];

    /// <summary>How many sessions this node is primary of.</summary>
    public int PrimaryCount => 0;

    /// <summary>How many sessions this node backs up.</summary>
    public int BackupCount => 0;

    /// <summary>How many of its own sessions have fewer copies than configured.</summary>
    public int UnprotectedCount => 0;

    /// <summary>How many sessions this node knows the location of, its own copies included.</summary>
    public int LocationCount => 0;

    /// <summary>The bytes of all copies on this node.</summary>
    public long BytesHeld => 0;

    /// <summary>Who holds the session as far as this node knows; nobody when it has never heard of it.</summary>
    public Placement? PlacementOf(SessionId session) => null;

    /// <summary>Takes one input. What follows from it is in <paramref name="outbox"/>.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="now">When; never before an earlier step.</param>
    /// <param name="outbox">Receives the consequences; the caller empties it.</param>
    public void Step(Input input, Instant now, Outbox outbox) => throw new InvalidOperationException();
}
