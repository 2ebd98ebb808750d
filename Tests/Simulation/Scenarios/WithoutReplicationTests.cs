using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>The mode <c>none</c>: each node has its own sessions, and nobody is told of them.</summary>
public sealed class WithoutReplicationTests
{
    private readonly SimulatedCluster _cluster = new(nodes: 3, voter: true, backups: 0);

    public WithoutReplicationTests()
    {
        _cluster.Run(TimeSpan.FromSeconds(5));
        _cluster.On(1).Commit("cart", "shoes");
    }

    [Fact]
    public void Nobody_is_told_of_the_sessions_of_others()
    {
        var said = new List<Message>();
        _cluster.Overheard = (_, envelope) => said.Add(envelope.Message);
        _cluster.Run(TimeSpan.FromSeconds(20));
        Assert.NotEmpty(said);
        Assert.All(said, static message => Assert.True(message is Heartbeat or HeartbeatAcknowledged, $"{message}"));
        Assert.Equal([1, 0, 0, 0], LocationCounts());
    }

    [Fact]
    public void The_death_of_one_tells_the_others_nothing_and_takes_nothing_from_them()
    {
        _cluster.Crash(2);
        _cluster.Run(TimeSpan.FromSeconds(20));
        Assert.Equal([1, 0, 0], LocationCounts());
        Assert.Equal("shoes", _cluster.On(1).Load("cart"));
    }

    [Fact]
    public void Who_starts_late_or_again_asks_nobody_to_be_let_in()
    {
        _cluster.Crash(2);
        _cluster.Run(TimeSpan.FromSeconds(1));
        _cluster.Restart(2);
        _cluster.Run(TimeSpan.FromSeconds(10));
        Assert.All(_cluster.Processes, static process => Assert.Equal(MemberStatus.Up, process.Machine.Status));
        Assert.All(_cluster.Processes, static process => Assert.Equal(0, process.Machine.View.Number));
    }

    /// <summary>How many sessions each member knows of.</summary>
    private IEnumerable<int> LocationCounts() =>
        _cluster.Processes.Select(static process => process.Machine.LocationCount);
}
