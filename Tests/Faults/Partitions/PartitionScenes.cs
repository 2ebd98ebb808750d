using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;

namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>Cuts between real processes, with writers on both sides, and what is there when they have healed.</summary>
[Collection(nameof(PartitionClusters))]
public sealed class PartitionScenes(MajorityPartitionFixture fixture, ITestOutputHelper output) : CutScenes
{
    // Long enough to exclude somebody, and too short to come back.
    private static readonly TimeSpan ShortCut = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(500);

    /// <summary>After this, who is with the majority must not notice a fault any more.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private protected override PartitionedCluster Cluster => fixture.Cluster;

    /// <summary>The side that serves on, and the rest, which may be in several parts.</summary>
    public static TheoryData<string, string> Sides => new()
    {
        { "node1 node2 balancer", "node3 node4" },
        { "node1 node2 node4 balancer", "node3" },
        { "node2 node3 node4", "node1 balancer" },
        { "node3 node4 balancer", "node1 | node2" },
    };

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task F9_after_a_partition_there_is_one_history_and_the_majority_has_served_on(
        string majority, string minority)
    {
        var sides = minority.Split(" | ").Prepend(majority).Select(side => side.Split(' ')).ToArray();
        await using var writers = await StartWritersAsync([.. sides.Select(NodesOf)]);

        var began = Ledger.Now;
        await Cluster.Network.PartitionAsync(sides);
        await PassAsync(Cut);
        AssertWroteOn(writers, WritersAt(NodesOf(sides[0])), began);
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
    public async Task F9_a_primary_that_was_cut_off_does_not_show_what_was_before()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        var visitor = new Visitor(http);
        var session = (await WriteAsync(visitor, "node1", 2)).Seen!.Session;
        await Cluster.Table.ProtectedAsync([session], backups: 1);

        await Cluster.Network.PartitionAsync(["node2", "node3", "node4", Balancer], ["node1"]);
        await Eventually.SeeAsync(
            "a write on the other side", Patience.Protection, () => WriteAsync(visitor, "node2", 4),
            answer => answer.Seen is not null);
        var old = await visitor.SendAsync(HttpMethod.Get, Cluster.DoorOf("node1"), "/probe");
        await HealAsync();
        var late = await visitor.SendAsync(HttpMethod.Get, Cluster.DoorOf("node1"), "/probe");

        Assert.Null(old.Seen);
        Assert.Equal((session, 4L), (late.Seen!.Session, late.Seen.Previous));
    }

    [Fact]
    public async Task F7_two_nodes_that_do_not_reach_each_other_cost_nothing()
    {
        await using var writers = await StartWritersAsync(["node1"], ["node2"]);

        var began = Ledger.Now;
        await Cluster.Network.PartitionAsync(
            ["node1", "node3", "node4", Balancer], ["node2", "node3", "node4", Balancer]);
        await PassAsync(Cut);
        AssertWroteOn(writers, WritersAt("node1"), began);
        AssertWroteOn(writers, WritersAt("node2"), began);
        await HealAsync();

        await SettleAsync(writers);
    }

    /// <summary>Each heals when its members have just agreed, and the next one comes before all are back.</summary>
    [Fact]
    public async Task F9_partitions_that_follow_one_another_leave_one_history()
    {
        string[][][] partitions =
        [
            [["node1", "node2", Balancer], ["node3", "node4"]],
            [["node3", "node4", Balancer], ["node1", "node2"]],
            [["node1"], ["node2"], ["node3", "node4", Balancer]],
            [["node1", "node2", "node4"], ["node3", Balancer]],
        ];
        await using var writers = await StartWritersAsync(["node1", "node2"], ["node3", "node4"]);

        foreach (var sides in partitions)
        {
            await Cluster.Network.PartitionAsync(sides);
            await PassAsync(ShortCut);
            await Cluster.Network.HealAsync();
            await PassAsync(Breath);
        }

        await Cluster.WholeAsync();
        await AcknowledgesAsync(writers, "served on", 50);
        await SettleAsync(writers);
    }

    private async Task<Answer> WriteAsync(Visitor visitor, string node, long number)
    {
        using var nothing = new ByteArrayContent([]);
        return await visitor.SendAsync(HttpMethod.Post, Cluster.DoorOf(node), $"/probe/{number}", nothing);
    }

    /// <summary>None of these writers had to wait for longer than the grace, since a cut began until now.</summary>
    private void AssertWroteOn(Writers writers, string who, long began)
    {
        var gap = writers.Ledger.LongestGap(who, began, Ledger.Now);
        output.WriteLine($"writers {who} longest gap {gap.TotalMilliseconds:0} ms");
        Assert.InRange(gap, TimeSpan.Zero, Grace);
    }

    private static string[] NodesOf(string[] members) => [.. members.Where(member => member != Balancer)];
}
