using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;

namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>A process that is itself not well must not take the others for dead.</summary>
[Collection(nameof(PartitionFixture))]
public sealed class LocalHealthScenes(PartitionFixture fixture)
{
    /// <summary>What a node writes that finds itself excluded.</summary>
    private const string Excluded = "without this node";
    private static readonly string[] Healthy = ["node1", "node2", "node3", PartitionedCluster.Balancer];

    private PartitionedCluster Cluster => fixture.Cluster;

    /// <summary>
    /// As on a machine whose processors are wanted by others: the node runs for a moment, and then not for longer than
    /// it takes to be suspected. What it missed must not look to it as the others' silence.
    /// </summary>
    [Theory]
    [InlineData(1300, 200, 5)]
    [InlineData(600, 50, 8)]
    public async Task A_starved_node_accuses_nobody_and_is_back_by_itself(int stillMilliseconds, int runMilliseconds, int times)
    {
        await using var writers = new Writers().Start("anywhere", 6, Cluster.DoorsOf([.. RunningCluster.NodeNames]));
        await Eventually.SeeAsync(
            "a session for each writer", Patience.Request, () => Task.FromResult(writers.Sessions.Count), count => count == 6);
        var before = Accusations();

        for (var time = 1; time <= times; time++)
        {
            await using (await Cluster.FreezeAsync("node4"))
            {
                await Task.Delay(stillMilliseconds, TestContext.Current.CancellationToken);
            }

            await Task.Delay(runMilliseconds, TestContext.Current.CancellationToken);
        }

        await Cluster.WholeAsync();
        var ledger = await writers.FinishAsync();
        ledger.AssertNothingBut();
        await Cluster.Table.ProtectedAsync(writers.Sessions, backups: 1);
        Assert.Empty(Accusations().Except(before));
    }

    /// <summary>Each time that a node that is well was excluded by the others: the member, and what it wrote of it.</summary>
    private string[] Accusations() =>
    [
        .. from member in Healthy
           from line in Cluster.OutputOf(member)
           where line.Contains(Excluded, StringComparison.Ordinal)
           select $"{member}: {line}",
    ];
}
