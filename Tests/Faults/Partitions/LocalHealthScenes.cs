using System.Globalization;
using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;
using SessionCluster.Tests.Faults.Members;

namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>
/// A process that is itself not well must not take the others for dead. Alone it could exclude nobody, whatever it
/// thinks; so what is asked is what it says of the others: that it suspects them.
/// </summary>
[Collection(nameof(PartitionClusters))]
public sealed class LocalHealthScenes(MajorityPartitionFixture fixture)
{
    /// <summary>What a node writes that finds itself excluded.</summary>
    private const string Excluded = "without this node";

    /// <summary>What a node writes that takes another's silence for more than its own.</summary>
    private const string Suspected = "is suspected after";

    /// <summary>What a node writes that knows that it was it who did not listen.</summary>
    private const string SlownessNoticed = "This process was not scheduled for";

    private const string Sick = "node4";
    private static readonly string[] Healthy = ["node1", "node2", "node3", PartitionedCluster.Balancer];

    /// <summary>To be suspected.</summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(1.3);

    /// <summary>Its threads together; some seconds by the clock.</summary>
    private static readonly TimeSpan Starved = TimeSpan.FromSeconds(20);

    /// <summary>How many lines each had written before.</summary>
    private Dictionary<string, int> _written = [];

    private PartitionedCluster Cluster => fixture.Cluster;

    /// <summary>
    /// As on a machine whose processors are wanted by others: the node runs for a moment, and then not for longer than
    /// it takes to be suspected, or for less. What it missed must not look to it as the others' silence.
    /// </summary>
    [Theory]
    [InlineData(1300, 200, 5)]
    [InlineData(800, 50, 8)]
    public async Task A_node_that_is_stopped_again_and_again_accuses_nobody(
        int stillMilliseconds, int runMilliseconds, int times)
    {
        await AccusesNobodyAsync(async () =>
        {
            for (var time = 1; time <= times; time++)
            {
                await using (await Cluster.FreezeAsync(Sick))
                {
                    await Task.Delay(stillMilliseconds, TestContext.Current.CancellationToken);
                }

                await Task.Delay(runMilliseconds, TestContext.Current.CancellationToken);
            }
        });
        Assert.NotEmpty(Said(Sick, SlownessNoticed));
    }

    /// <summary>Programs that burn the processor leave each thread of the node a moment now and then.</summary>
    [Fact]
    public Task A_node_that_gets_hardly_any_processor_accuses_nobody() => AccusesNobodyAsync(async () =>
    {
        try
        {
            await using var starvation = await Cluster.StarveAsync(Sick);
            await Eventually.SeeAsync(
                "how long the starved node has waited for a processor",
                Patience.Protection,
                () => Task.FromResult(starvation.Waited),
                waited => waited >= Starved);
        }
        catch (StarvationRefusedException refused)
        {
            Assert.Skip($"A process cannot be starved here: {refused.Message}");
        }
    });

    /// <summary>A collection that blocks for longer than it takes to be suspected.</summary>
    [Fact]
    public async Task A_node_whose_garbage_is_collected_for_long_accuses_nobody()
    {
        await AccusesNobodyAsync(async () =>
        {
            using var client = new HttpClient { BaseAddress = Cluster.DoorOf(Sick) };
            var objects = 0;
            TimeSpan pause;
            do
            {
                objects += 12_000_000;
                using var answer = await client.PostAsync(
                    new Uri($"/probe/collection?objects={objects}", UriKind.Relative), content: null,
                    TestContext.Current.CancellationToken);
                answer.EnsureSuccessStatusCode();
                var milliseconds = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                pause = TimeSpan.FromMilliseconds(int.Parse(milliseconds, CultureInfo.InvariantCulture));
            }
            while (pause < LongEnough);
        });
        Assert.NotEmpty(Said(Sick, SlownessNoticed));
    }

    private async Task AccusesNobodyAsync(Func<Task> makeSick)
    {
        await using var writers = new Writers().Start("anywhere", 6, Cluster.DoorsOf([.. RunningCluster.NodeNames]));
        await Eventually.SeeAsync(
            "a session for each writer", Patience.Request, () => Task.FromResult(writers.Sessions.Count),
            count => count == 6);
        _written = Healthy.Append(Sick).ToDictionary(member => member, member => Cluster.OutputOf(member).Count);

        await makeSick();
        await Cluster.WholeAsync();
        var ledger = await writers.FinishAsync();
        ledger.AssertNothingBut();
        await Cluster.Table.ProtectedAsync(writers.Sessions, backups: 1);

        Assert.Empty(Said(Sick, Suspected));
        Assert.Empty(Healthy.SelectMany(member => Said(member, Excluded)));
    }

    /// <summary>The lines of this kind that a member has written since.</summary>
    private string[] Said(string member, string what) =>
    [
        .. Cluster.OutputOf(member).Skip(_written[member])
            .Where(line => line.Contains(what, StringComparison.Ordinal)).Select(line => $"{member}: {line.Trim()}"),
    ];
}
