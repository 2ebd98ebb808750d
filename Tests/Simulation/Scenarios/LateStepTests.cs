using SessionCluster.Replication;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A process that gets a moment of processor time now and then sees its alarms late, and what peers have sent later
/// still: what it does not hear meanwhile is not their silence.
/// </summary>
public sealed class LateStepTests
{
    private static readonly Member Peer = new(new NodeId("node2"), 1);

    private readonly Outbox _outbox = new();
    private readonly ReplicationNode _machine;
    private Instant _now = new(1);

    public LateStepTests()
    {
        var settings = new ReplicationSettings
        {
            Self = new Member(new NodeId("node1"), 1),
            HeartbeatInterval = TimeSpan.FromMilliseconds(200),
            Universe = [new(new NodeId("node1"), MemberRole.Node), new(Peer.Node, MemberRole.Node)],
        };
        _machine = new ReplicationNode(settings, _now);
        _machine.Step(new LinkUp(Peer, MemberRole.Node), _now, _outbox);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_peer_is_suspected_after_a_second_in_which_this_process_could_listen(int lateByMilliseconds) =>
        Assert.InRange(SuspectedAfter(lateByMilliseconds), 0.99, 1.21);

    /// <summary>Alarms are 50 ms apart: in so much of each delay and what follows it could have listened.</summary>
    [Theory]
    [InlineData(400, 8, 10)]
    [InlineData(100, 2.5, 3.5)]
    public void Delays_of_this_process_are_not_taken_for_the_silence_of_a_peer(
        int lateByMilliseconds, double least, double most) =>
        Assert.InRange(SuspectedAfter(lateByMilliseconds), least, most);

    /// <summary>The seconds until the peer, which says nothing, is suspected by who takes each step so late.</summary>
    private double SuspectedAfter(int lateByMilliseconds)
    {
        Instant start = _now;
        while (!_outbox.Events.Any(static happened => happened is MemberSuspected))
        {
            Assert.True(_now - start < TimeSpan.FromMinutes(1), "The peer is never suspected.");
            _outbox.Clear();
            _now = Instant.Max(_now, _machine.NextDeadline) + TimeSpan.FromMilliseconds(lateByMilliseconds);
            _machine.Step(new DeadlineReached(), _now, _outbox);
        }

        return (_now - start).TotalSeconds;
    }
}
