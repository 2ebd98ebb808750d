using System.Runtime.InteropServices;

namespace SessionCluster.Replication;

/// <summary>
/// What one step of the machine wants done. The caller empties it after each step: sends, completes and reports in the
/// order in which they stand.
/// </summary>
public sealed class Outbox
{
    private readonly List<Envelope> _messages = [];
    private readonly List<Completion> _completions = [];
    private readonly List<ClusterEvent> _events = [];

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
    }

    internal void Send(Member to, Message message) => _messages.Add(new Envelope(to, message));

    internal void Complete(Completion completion) => _completions.Add(completion);

    internal void Report(ClusterEvent clusterEvent) => _events.Add(clusterEvent);
}

/// <summary>A message and where it goes.</summary>
/// <param name="To">The process; where it is not connected any more, the message is dropped.</param>
/// <param name="Message">The message.</param>
public readonly record struct Envelope(Member To, Message Message);
