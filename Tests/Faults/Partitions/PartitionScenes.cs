using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;

namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>Cuts between real processes, with writers on both sides, and what is there when they have healed.</summary>
[Collection(nameof(PartitionFixture))]
public sealed class PartitionScenes(PartitionFixture fixture)
{
    private const string Balancer = PartitionedCluster.Balancer;

    // Long enough for both sides to know, to agree as far as they can, and to serve.
    private static readonly TimeSpan Cut = TimeSpan.FromSeconds(4);
    private PartitionedCluster Cluster => fixture.Cluster;

    /// <summary>The side that serves on, and the rest.</summary>
    public static TheoryData<string, string> Sides => new()
    {
        { "node1 node2 balancer", "node3 node4" },
        { "node1 node2 node4 balancer", "node3" },
        { "node2 node3 node4", "node1 balancer" },
    };

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task F9_after_a_partition_there_is_one_history_and_the_majority_has_served_on(string majority, string minority)
    {
        var (more, less) = (majority.Split(' '), minority.Split(' '));
        await using var writers = await StartWritersAsync(NodesOf(more), NodesOf(less));

        await Cluster.Network.PartitionAsync(more, less);
        await PassAsync(Cut);
        await AcknowledgesAsync(writers, "served on", 50);
        await HealAsync();

        await SettleAsync(writers);
    }

    [Fact]
    public async Task F9_where_nobody_has_a_majority_nobody_serves_and_nothing_is_lost()
    {
        await using var writers = await StartWritersAsync(["node1", "node2"], ["node3", "node4"]);

        await Cluster.Network.PartitionAsync(["node1", "node2"], ["node3", "node4"], [Balancer]);
        await PassAsync(Cut);
        var before = writers.Ledger.Acknowledged;
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(before, writers.Ledger.Acknowledged);
        await HealAsync();

        await SettleAsync(writers);
    }

    [Fact]
    public async Task F7_two_nodes_that_do_not_reach_each_other_cost_nothing()
    {
        await using var writers = await StartWritersAsync(["node1"], ["node2"]);

        await Cluster.Network.PartitionAsync(
            ["node1", "node3", "node4", Balancer], ["node2", "node3", "node4", Balancer]);
        await PassAsync(Cut);
        await AcknowledgesAsync(writers, "served on", 50);
        await HealAsync();

        await SettleAsync(writers);
    }

    [Theory]
    [InlineData("node1", "node2")]
    [InlineData("node4", "balancer")]
    public async Task F8_a_direction_that_is_cut_costs_nothing(string from, string to)
    {
        await using var writers = await StartWritersAsync(["node1", "node2"], ["node3", "node4"]);

        await Cluster.Network.CutOneWayAsync(from, to);
        await PassAsync(Cut);
        await AcknowledgesAsync(writers, "served on", 50);
        await HealAsync();

        await SettleAsync(writers);
    }

    /// <summary>Writers at the doors of each side, and some that go from door to door; each has a session.</summary>
    private async Task<Writers> StartWritersAsync(string[] side, string[] otherSide)
    {
        var writers = new Writers().Start("between the sides", 3, Cluster.DoorsOf([.. RunningCluster.NodeNames]));
        foreach (var nodes in new[] { side, otherSide }.Where(nodes => nodes.Length > 0))
        {
            writers.Start($"at {string.Join(", ", nodes)}", 3, Cluster.DoorsOf(nodes));
        }

        await Eventually.SeeAsync(
            "a session for each writer", Patience.Request, () => Task.FromResult(writers.Sessions.Count), count => count == writers.Count);
        return writers;
    }

    private async Task HealAsync()
    {
        await Cluster.Network.HealAsync();
        await Cluster.WholeAsync();
    }

    private async Task SettleAsync(Writers writers)
    {
        var ledger = await writers.FinishAsync();
        ledger.AssertNothingBut();
        await Cluster.Table.ProtectedAsync(writers.Sessions, backups: 1);
    }

    private static async Task AcknowledgesAsync(Writers writers, string expectation, int more)
    {
        var goal = writers.Ledger.Acknowledged + more;
        await Eventually.SeeAsync(
            expectation, Patience.Protection, () => Task.FromResult(writers.Ledger.Acknowledged), count => count >= goal);
    }

    private static Task PassAsync(TimeSpan time) => Task.Delay(time, TestContext.Current.CancellationToken);

    private static string[] NodesOf(string[] members) => [.. members.Where(member => member != Balancer)];
}
