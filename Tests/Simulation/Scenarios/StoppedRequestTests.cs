using SessionCluster.Replication;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A request that was caught by a long pause of its process must not write over what was written since.
/// </summary>
public sealed class StoppedRequestTests
{
    private static readonly SessionId Session = new(new byte[SessionId.Length]);
    private static readonly Instant Start = new(0);
    private readonly Outbox _outbox = new();
    private ReplicationNode _node = new(Alone, Start);

    private static ReplicationSettings Alone => new()
    {
        Self = new Member(new NodeId("node1"), 1),
        Universe = [new ConfiguredPeer(new NodeId("node1"), MemberRole.Node)],
        Backups = 0,
    };

    [Theory]
    [InlineData(60, CommitResult.Unavailable)]
    [InlineData(1, CommitResult.Committed)]
    public void What_was_read_before_the_pause_is_committed_only_where_the_pause_was_short(
        int seconds, CommitResult expected)
    {
        _node.Step(new DeadlineReached(), Start, _outbox);
        var wake = Start + TimeSpan.FromSeconds(seconds);

        Assert.Equal(expected, CommitAt(wake, readAt: Start));
    }

    /// <summary>
    /// 1512511115 (Brief, with other times in nearly each seed): where silence lasts longer, nobody noticed a pause that
    /// was shorter than half of it, and longer than a request may take.
    /// </summary>
    [Fact]
    public void A_pause_is_long_where_requests_are_over_however_long_silence_may_last()
    {
        _node = new ReplicationNode(Alone with { SuspectAfter = TimeSpan.FromSeconds(8) }, Start);
        _node.Step(new DeadlineReached(), Start, _outbox);
        var wake = Start + TimeSpan.FromSeconds(3);

        Assert.Equal(CommitResult.Unavailable, CommitAt(wake, readAt: Start));
    }

    [Fact]
    public void What_is_read_after_the_pause_is_committed()
    {
        _node.Step(new DeadlineReached(), Start, _outbox);
        var wake = Start + TimeSpan.FromSeconds(60);

        Assert.Equal(CommitResult.Unavailable, CommitAt(wake, readAt: Start));
        Assert.Equal(CommitResult.Committed, CommitAt(wake, readAt: wake));
    }

    [Fact]
    public void A_request_that_outlives_the_pause_by_far_may_commit_again()
    {
        _node.Step(new DeadlineReached(), Start, _outbox);
        var wake = Start + TimeSpan.FromSeconds(60);

        Assert.Equal(CommitResult.Unavailable, CommitAt(wake, readAt: Start));
        for (var now = wake; now < wake + TimeSpan.FromSeconds(3); now = _node.NextDeadline)
        {
            _node.Step(new DeadlineReached(), now, _outbox);
        }

        Assert.Equal(CommitResult.Committed, CommitAt(_node.NextDeadline, readAt: Start));
    }

    private CommitResult CommitAt(Instant now, Instant readAt)
    {
        _outbox.Clear();
        _node.Step(
            new CommitSession(1, Session, new SessionDelta([], []), Creates: true) { ReadAt = readAt }, now, _outbox);
        return _outbox.Completions.OfType<CommitCompleted>().Single().Result;
    }
}
