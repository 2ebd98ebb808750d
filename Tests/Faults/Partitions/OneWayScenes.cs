namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>
/// One direction between two members is cut, in the networks of both policies at the same time. That divides nobody, so
/// with <c>Available</c> nobody may go on alone either, and nothing is overwritten.
/// </summary>
[Collection(nameof(PartitionClusters))]
public sealed class OneWayScenes(MajorityPartitionFixture majority, AvailablePartitionFixture available)
{
    [Theory]
    [InlineData("node1", "node2")]
    [InlineData("node4", "balancer")]
    public Task F8_a_direction_that_is_cut_costs_nothing_and_views_do_not_flap(string one, string other) =>
        BothPolicies.PlayAsync(
            majority.Cluster, available.Cluster, cluster => new OneWayCuts(cluster).CutBothAsync(one, other));
}

/// <summary>What <see cref="OneWayScenes"/> do to one cluster.</summary>
internal sealed class OneWayCuts(PartitionedCluster cluster) : CutScenes
{
    /// <summary>
    /// How many views a direction that is cut, and heals, may cost: one without somebody, one with him again.
    /// </summary>
    private const int MostViewsOfACut = 2;

    private protected override PartitionedCluster Cluster => cluster;

    /// <summary>Cuts one direction, and when that has healed the other.</summary>
    public async Task CutBothAsync(string one, string other)
    {
        await using var writers = await StartWritersAsync(["node1", "node2"], ["node3", "node4"]);
        var overwritten = await Cluster.OverwrittenAsync();

        foreach (var (from, to) in new[] { (one, other), (other, one) })
        {
            var view = await Cluster.ViewAsync();
            await Cluster.Network.CutOneWayAsync(from, to);
            await PassAsync(Cut);
            await AcknowledgesAsync(writers, "served on", 50);
            await HealAsync();
            Assert.InRange(await Cluster.ViewAsync() - view, 0, MostViewsOfACut);
        }

        await SettleAsync(writers);
        Assert.Equal(overwritten, await Cluster.OverwrittenAsync());
    }
}
