using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;
using SessionCluster.Tests.Faults.Members;

namespace SessionCluster.Tests.Faults;

/// <summary>What an operator changes on one member after the other, while visitors go on.</summary>
[Collection(nameof(LoopbackClusters))]
public sealed class ReconfigurationScenes
{
    private const string Balancer = MemberCluster.Balancer;
    private const string Added = "node4";
    private const string Differs = "the longer one holds between the two";

    /// <summary>
    /// The order in which it is to be done, and the wrong one: who is started before the others know it is refused, and
    /// waits.
    /// </summary>
    [Theory]
    [InlineData("Available", false)]
    [InlineData("Majority", true)]
    public async Task A_node_is_added_and_a_time_is_changed_without_a_visitor_who_notices(string policy, bool tooEarly)
    {
        string[] nodes = ["node1", "node2", "node3"];
        await using var cluster = new LoopbackCluster(policy, [.. nodes, Added]);
        cluster.Configure([.. nodes, Balancer]);
        await cluster.StartAsync([.. nodes, Balancer]);
        await using var writers = await OpenAsync(cluster, nodes);

        cluster.Configure([.. nodes, Added, Balancer]);
        cluster.Set("Replication__SuspectAfter", "00:00:02");
        if (tooEarly)
        {
            await cluster.StartAsync(Added);
            await Eventually.SeeAsync(
                "it is refused", Patience.NodeStart, () => Task.FromResult(cluster.OutputOf(Added)),
                lines => lines.Any(IsRefusal));
        }

        var before = await cluster.TryAskAsync("node3");

        foreach (var node in nodes)
        {
            await cluster.LeaveAsync(node);
            await cluster.StartAsync(node);
            await cluster.ReadyAsync(nodes);
        }

        // Three restarts are two views each, and the newcomer may be one more: it did not come and go.
        var after = await cluster.TryAskAsync("node3");
        Assert.InRange(after!.View - before!.View, nodes.Length, (nodes.Length * 2) + 1);
        var ledger = await writers.FinishAsync();
        ledger.AssertNothingBut();
        Assert.Empty(ledger.Failures);
        Assert.Contains(cluster.OutputOf("node1"), static line => line.Contains(Differs, StringComparison.Ordinal));

        await cluster.LeaveAsync(Balancer);
        await cluster.StartAsync([Balancer, .. tooEarly ? Array.Empty<string>() : [Added]]);
        await cluster.OpenAsync([.. nodes, Added]);
        await cluster.Table.ProtectedAsync(writers.Sessions, backups: 1);
    }

    /// <summary>It leaves first; then its name goes out of one list after the other.</summary>
    [Fact]
    public async Task A_node_is_taken_away_without_a_visitor_who_notices()
    {
        string[] left = ["node1", "node2", "node3"];
        string[] nodes = [.. left, Added];
        await using var cluster = new LoopbackCluster("Majority", nodes);
        await cluster.StartAsync([.. nodes, Balancer]);
        await using var writers = await OpenAsync(cluster, nodes);

        await cluster.LeaveAsync(Added);
        cluster.Configure([.. left, Balancer]);
        var before = await cluster.TryAskAsync("node3");
        foreach (var node in left)
        {
            await cluster.LeaveAsync(node);
            await cluster.StartAsync(node);
            await cluster.ReadyAsync(left);
        }

        var after = await cluster.TryAskAsync("node3");
        Assert.InRange(after!.View - before!.View, left.Length, left.Length * 2);
        var ledger = await writers.FinishAsync();
        ledger.AssertNothingBut();
        Assert.Empty(ledger.Failures);

        await cluster.LeaveAsync(Balancer);
        await cluster.StartAsync(Balancer);
        await cluster.OpenAsync(left);
        await cluster.Table.ProtectedAsync(writers.Sessions, backups: 1);
    }

    /// <summary>Waits until all serve, and each visitor has a session.</summary>
    private static async Task<Writers> OpenAsync(LoopbackCluster cluster, string[] nodes)
    {
        await cluster.OpenAsync(nodes);
        var writers = new Writers().Start("through the balancer", 6, cluster.DoorOf(Balancer));
        await Eventually.SeeAsync(
            "a session for each writer", Patience.Request, () => Task.FromResult(writers.Sessions.Count),
            count => count == writers.Count);
        return writers;
    }

    private static bool IsRefusal(string line) => line.Contains("did not accept this node", StringComparison.Ordinal);
}
