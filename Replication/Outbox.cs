using System.Runtime.InteropServices;

namespace SessionCluster.Replication;

/// <summary>
/// What one step of the machine wants done. The caller empties it after each step: sends, completes and reports in the
/// order in which they stand.
/// </summary>
/// <param name="recycles">
/// Whether the caller keeps nothing of it beyond <see cref="Clear"/>. Then heartbeats and the messages and answers of
/// commits are used again after it, and a commit makes none.
/// </param>
public sealed class Outbox(bool recycles)
{
    private readonly List<Envelope> _messages = [];
    private readonly List<Completion> _completions = [];
    private readonly List<ClusterEvent> _events = [];
    private readonly Recycled<Replicate> _replicates = new();
    private readonly Recycled<Replicated> _acknowledgements = new();
    private readonly Recycled<Heartbeat> _heartbeats = new();
    private readonly Recycled<CommitCompleted> _commits = new();

    /// <summary>Makes an outbox whose content may be kept.</summary>
    public Outbox()
        : this(recycles: false)
    {
    }

    /// <summary>The messages to send.</summary>
    public IReadOnlyList<Envelope> Messages => _messages;

    /// <summary>The answers to requests of the shell.</summary>
    public IReadOnlyList<Completion> Completions => _completions;

    /// <summary>The facts to log, measure and trace.</summary>
    public IReadOnlyList<ClusterEvent> Events => _events;

    /// <summary>The same for who empties very many outboxes and does not change them meanwhile.</summary>
    internal ReadOnlySpan<Envelope> MessageSpan => CollectionsMarshal.AsSpan(_messages);

    internal ReadOnlySpan<Completion> CompletionSpan => CollectionsMarshal.AsSpan(_completions);

    internal ReadOnlySpan<ClusterEvent> EventSpan => CollectionsMarshal.AsSpan(_events);

    /// <summary>Forgets everything, after it was done.</summary>
    public void Clear()
    {
        _messages.Clear();
        _completions.Clear();
        _events.Clear();
        _replicates.ReturnAll();
        _acknowledgements.ReturnAll();
        _heartbeats.ReturnAll();
        _commits.ReturnAll();
    }

    internal void Send(Member to, Message message) => _messages.Add(new Envelope(to, message));

    /// <summary>Sends a change that is not marked.</summary>
    internal void SendReplicate(
        Member to,
        SessionId session,
        HolderVersion version,
        long baseSequence,
        ReplicatePayload payload,
        TimeSpan idle,
        Configuration? configuration,
        long view,
        long work) =>
        Send(to, _replicates.TryRent(out Replicate? known)
            ? known.Become(session, version, baseSequence, payload, idle, configuration, view, work)
            : Kept(
                _replicates,
                new Replicate(session, version, baseSequence, payload, idle, configuration, view) { Work = work }));

    internal void SendReplicated(Member to, long work, HolderVersion version) =>
        Send(to, _acknowledgements.TryRent(out Replicated? known)
            ? known.Become(work, version)
            : Kept(_acknowledgements, new Replicated(work, version)));

    internal void SendHeartbeat(
        Member to,
        long view,
        MemberStatus status,
        Instant sentAt,
        long bytesHeld,
        ulong mapDigest,
        Instant? answers,
        bool isUrgent,
        IReadOnlyList<NodeId> suspects) =>
        Send(to, _heartbeats.TryRent(out Heartbeat? known)
            ? known.Become(view, status, sentAt, bytesHeld, mapDigest, answers, isUrgent, suspects)
            : Kept(
                _heartbeats,
                new Heartbeat(view, status, sentAt, bytesHeld, mapDigest, answers, isUrgent, suspects)));

    internal void Complete(Completion completion) => _completions.Add(completion);

    internal void CompleteCommit(long request, CommitResult result, SessionVersion version, Placement? placement) =>
        Complete(_commits.TryRent(out CommitCompleted? known)
            ? known.Become(request, result, version, placement)
            : Kept(_commits, new CommitCompleted(request, result, version, placement)));

    internal void Report(ClusterEvent clusterEvent) => _events.Add(clusterEvent);

    private T Kept<T>(Recycled<T> objects, T made)
        where T : class
    {
        if (recycles)
        {
            objects.Add(made);
        }

        return made;
    }
}

/// <summary>A message and where it goes.</summary>
/// <param name="To">The process; where it is not connected any more, the message is dropped.</param>
/// <param name="Message">The message.</param>
public readonly record struct Envelope(Member To, Message Message);
