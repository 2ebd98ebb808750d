using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A way that is slow, and stays so: everything takes longer than the shortest timers, and much less than the time
/// after which a peer is taken for silent. Nothing may be tried again before its answer can have come, for ever.
/// </summary>
public sealed class SlowWayTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(90)]
    [InlineData(120)]
    [InlineData(200)]
    public void A_node_joins_over_it(int milliseconds)
    {
        var cluster = new SimulatedCluster(nodes: 4);
        cluster.Settle();
        cluster.Crash(4);
        cluster.Settle();
        Slow(cluster, milliseconds, [4], [1, 2, 3]);
        cluster.Restart(4);

        cluster.RunUntil(() => cluster.Node(4).Process!.Machine.IsReady, Limit, "joining");
    }

    [Fact]
    public void Who_has_just_asked_is_not_let_in_with_one_that_has_waited()
    {
        var cluster = new SimulatedCluster(nodes: 5);
        cluster.Settle();
        cluster.Crash(4, 5);
        cluster.Settle();
        Slow(cluster, 160, [3], [1, 2]);
        cluster.Restart(4);
        cluster.Run(TimeSpan.FromSeconds(1.8));
        Assert.False(cluster.Node(4).Process!.Machine.IsReady);
        cluster.Restart(5);

        cluster.RunUntil(() => cluster.Node(4).Process!.Machine.IsReady, Limit, "joining");
        Assert.DoesNotContain(cluster.Node(5).Process!.Member, MembersOf(cluster, 4));
        cluster.RunUntil(() => cluster.Node(5).Process!.Machine.IsReady, Limit, "joining");
    }

    [Theory]
    [InlineData(120)]
    [InlineData(200)]
    public void Sides_become_one_over_it(int milliseconds)
    {
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 4, PartitionPolicy = PartitionPolicy.Available });
        cluster.Settle();
        cluster.On(node: 1).Commit("shoes", "1");
        cluster.Settle();
        cluster.Partition([1, 2], [3, 4]);
        cluster.Run(TimeSpan.FromSeconds(4));
        cluster.On(node: 1).Commit("shoes", "2");
        cluster.On(node: 3).Commit("hat", "1");
        cluster.Heal();
        Slow(cluster, milliseconds, [1, 2], [3, 4]);

        cluster.RunUntil(
            () => cluster.Processes.All(
                static process => process.Machine is { IsReady: true, View.Members.Count: 4 }), Limit,
            "one view");
        Assert.Equal("2", cluster.On(node: 3).Load("shoes"));
        Assert.Equal("1", cluster.On(node: 1).Load("hat"));
    }

    private static IEnumerable<Member> MembersOf(SimulatedCluster cluster, int node) =>
        cluster.Node(node).Process!.Machine.View.Members.Select(static member => member.Member);

    private static void Slow(SimulatedCluster cluster, int milliseconds, int[] some, int[] others)
    {
        foreach ((int one, int other) in some.SelectMany(one => others.Select(other => (one, other))))
        {
            cluster.Network.Condition(one - 1, other - 1).Clog = TimeSpan.FromMilliseconds(milliseconds);
            cluster.Network.Condition(other - 1, one - 1).Clog = TimeSpan.FromMilliseconds(milliseconds);
        }
    }
}
