using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;

namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>The same cuts with the policy Available: both sides serve, and what both have changed is counted.</summary>
[Collection(nameof(PartitionClusters))]
public sealed class AvailableScenes(AvailablePartitionFixture fixture)
{
    // Two seconds until a side goes on by itself, and some for a machine that runs more than this.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Cut = TimeSpan.FromSeconds(8);
    private static readonly long[] LaterWrites = [6, 8, 10, 12];
    private PartitionedCluster Cluster => fixture.Cluster;

    /// <summary>Two sides; the balancer votes on the first, or is alone.</summary>
    public static TheoryData<string, string> Sides => new()
    {
        { "node1 node2 balancer", "node3 node4" },
        { "node1 node2 node4 balancer", "node3" },
        { "node1 node2", "node3 node4" },
    };

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task Both_sides_serve_and_what_both_have_changed_is_counted(string one, string other)
    {
        var (oneSide, otherSide) = (one.Split(' '), other.Split(' '));
        await using var writers = new Writers()
            .StartBaskets("on one side", 3, Cluster.DoorsOf(NodesOf(oneSide)))
            .StartBaskets("on the other side", 3, Cluster.DoorsOf(NodesOf(otherSide)));
        await Eventually.SeeAsync(
            "a session for each writer",
            Patience.Request,
            () => Task.FromResult(writers.Sessions.Count),
            count => count == writers.Count);
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        var visitor = new Visitor(http);
        var session = (await WriteAsync(visitor, "node1", 2)).Seen!.Session;
        await Cluster.Table.ProtectedAsync([session], backups: 1);
        var overwritten = await Cluster.OverwrittenAsync();

        var faults = new List<long> { Ledger.Now };
        await Cluster.Network.PartitionAsync(oneSide, otherSide);
        await WriteEventuallyAsync(visitor, "node1", 4);
        foreach (var number in LaterWrites)
        {
            await WriteEventuallyAsync(visitor, "node3", number);
        }

        await Task.Delay(Cut - TimeProvider.System.GetElapsedTime(faults[0]), TestContext.Current.CancellationToken);
        faults.Add(Ledger.Now);
        await Cluster.Network.HealAsync();
        await Cluster.WholeAsync();

        // The other side had the session or began it anew; either way its version is later.
        var merged = await Eventually.SeeAsync(
            "the session on the side that did not lead it", Patience.Request,
            () => visitor.SendAsync(HttpMethod.Get, Cluster.DoorOf("node3"), "/probe"),
            answer => answer.Seen is not null);
        Assert.Equal((session, LaterWrites[^1]), (merged.Seen!.Session, merged.Seen.Previous));

        // The number and the count differ on the two sides.
        Assert.Equal(overwritten + 2, await Cluster.OverwrittenAsync());
        var ledger = await writers.FinishAsync();
        ledger.AssertNothingBut();
        foreach (var door in Cluster.DoorsOf([.. RunningCluster.NodeNames]))
        {
            ledger.AssertNothingNoticedPast(Grace, door, faults);
        }

        await Cluster.Table.ProtectedAsync([.. writers.Sessions, session], backups: 1);
    }

    private async Task<Answer> WriteAsync(Visitor visitor, string node, long number)
    {
        using var nothing = new ByteArrayContent([]);
        return await visitor.SendAsync(HttpMethod.Post, Cluster.DoorOf(node), $"/probe/{number}", nothing);
    }

    private Task<Answer> WriteEventuallyAsync(Visitor visitor, string node, long number) => Eventually.SeeAsync(
        $"write {number} at {node}", Grace, () => WriteAsync(visitor, node, number), answer => answer.Seen is not null);

    private static string[] NodesOf(string[] members) =>
        [.. members.Where(member => member != PartitionedCluster.Balancer)];
}
