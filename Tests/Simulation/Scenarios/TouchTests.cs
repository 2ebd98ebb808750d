using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>Sessions that are read and not changed: their backups learn of it, at next to no cost.</summary>
public sealed class TouchTests
{
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(42);
    private static readonly TimeSpan BetweenReads = TimeSpan.FromMilliseconds(100);

    /// <summary>Some rounds of touches, each a twentieth of the time-out after the other.</summary>
    private static readonly TimeSpan Long = IdleTimeout * 0.4;

    private readonly SimulatedCluster _cluster = new(
        new ClusterOptions { Nodes = 4, HasVoter = true, IdleTimeout = IdleTimeout });

    [Fact]
    public void A_backup_knows_when_its_session_was_last_read()
    {
        Begin();
        ReadFor(Long);

        var idle = _cluster.Node(_cluster.BackupOf()).Process!.Machine.Copies.Single().Idle;
        Assert.InRange(idle, TimeSpan.Zero, (IdleTimeout / 20) + TimeSpan.FromSeconds(1));
    }

    /// <summary>
    /// A message of its own would be a frame and a segment of its own: several times what it says. While others write, a
    /// node looks for what is due more often than it sends heartbeats.
    /// </summary>
    [Fact]
    public void It_is_told_together_with_a_heartbeat()
    {
        Begin();
        List<Instant> touched = [];
        HashSet<Instant> heartbeats = [];
        Member primary = MemberOf(_cluster.PrimaryOf());
        Member backup = MemberOf(_cluster.BackupOf());
        _cluster.Overheard = (sender, envelope) =>
        {
            if (sender.Member == primary && envelope.To == backup)
            {
                touched.AddRange(envelope.Message is Touched ? [sender.Now] : []);
                heartbeats.UnionWith(envelope.Message is Heartbeat ? [sender.Now] : []);
            }
        };
        ReadFor(Long, meanwhile: () => _cluster.On(_cluster.PrimaryOf(), "another").Commit("cart", "hat"));

        Assert.InRange(touched.Count, 6, 8);
        Assert.All(touched, at => Assert.Contains(at, heartbeats));
    }

    private Member MemberOf(int node) => _cluster.Node(node).Process!.Member;

    private void Begin()
    {
        _cluster.Settle();
        _cluster.On(1).Commit("cart", "shoes");
        _cluster.Settle();
    }

    private void ReadFor(TimeSpan duration, Action? meanwhile = null)
    {
        int primary = _cluster.PrimaryOf();
        for (TimeSpan end = _cluster.Queue.Now + duration; _cluster.Queue.Now < end; _cluster.Run(BetweenReads))
        {
            Assert.Equal("shoes", _cluster.On(primary).Load("cart"));
            meanwhile?.Invoke();
        }
    }
}
