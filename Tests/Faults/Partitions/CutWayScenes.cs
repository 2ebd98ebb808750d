using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;

namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>
/// Two nodes that do not reach each other, while both reach all others. That divides nobody, whatever the policy is.
/// </summary>
public abstract class CutWayScenes(ITestOutputHelper output)
{
    private const int Visitors = 4;
    private const string Primary = SilentBackup.Primary;

    /// <summary>Longer than it takes to suspect, to agree on a view, and to promote.</summary>
    private static readonly TimeSpan Cut = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    private protected abstract PartitionedCluster Cluster { get; }

    // Backups move by themselves where nodes hold unequal amounts: the cut ones are those that had stayed.
    [Fact]
    public async Task F7_a_primary_that_does_not_reach_its_backup_takes_another_in_time_and_stays_the_only_one()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false });
        var backup = await SilentBackup.FindAsync(http, Cluster.DoorOf(Primary), Cluster.Table, Visitors);
        string[] sessions = [.. backup.Visitors.Select(visitor => visitor.Session)];
        string[] others = [.. RunningCluster.NodeNames.Append(PartitionedCluster.Balancer)
            .Where(member => member != Primary && member != backup.Node)];

        await Cluster.Network.PartitionAsync([Primary, .. others], [backup.Node, .. others]);
        string[] cut = [.. (await ShowAsync(sessions)).Sessions
            .Where(row => row.Backups.Contains(backup.Node)).Select(row => row.Id)];
        Assert.NotEmpty(cut);

        var waited = await Task.WhenAll(backup.Visitors.Select(visitor => visitor.WriteAsync()));
        output.WriteLine(
            $"the longest wait: {waited.Max().TotalMilliseconds:0.0} ms; moved before the cut: {Visitors - cut.Length}");
        Assert.All(waited, wait => Assert.InRange(wait, TimeSpan.Zero, SilentBackup.LongestWait));
        Assert.All(
            backup.Visitors.Zip(waited).Where(write => cut.Contains(write.First.Session)),
            write => Assert.InRange(write.Second, SilentBackup.Patience, SilentBackup.LongestWait));
        Assert.All(
            (await ShowAsync(sessions)).Sessions,
            row => Assert.Contains(row.Backups, node => others.Contains(node)));

        var writing = Task.WhenAll(backup.Visitors.Select(visitor => visitor.WriteForAsync(Cut)));
        while (!writing.IsCompleted)
        {
            await ShowAsync(sessions);
            await Task.WhenAny(writing, Task.Delay(BetweenLooks, TestContext.Current.CancellationToken));
        }

        await writing;
        await Cluster.Network.HealAsync();
        await Cluster.WholeAsync();
        await Cluster.Table.ProtectedAsync(sessions, backups: 1);
        await Task.WhenAll(backup.Visitors.Select(visitor => visitor.WriteAsync()));
    }

    /// <summary>What the nodes, all of them, have of the sessions. One node leads each, and always the same.</summary>
    private async Task<SessionsPage> ShowAsync(string[] sessions)
    {
        var page = (await Cluster.Table.SessionsAsync()).Of(sessions);
        Assert.Equal(sessions.Length, page.Sessions.Count);
        Assert.All(page.Sessions, row => Assert.Equal([Primary], row.Primaries));
        return page;
    }
}

[Collection(nameof(PartitionClusters))]
public sealed class MajorityCutWayScenes(MajorityPartitionFixture fixture, ITestOutputHelper output) : CutWayScenes(output)
{
    private protected override PartitionedCluster Cluster => fixture.Cluster;
}

[Collection(nameof(PartitionClusters))]
public sealed class AvailableCutWayScenes(AvailablePartitionFixture fixture, ITestOutputHelper output) : CutWayScenes(output)
{
    private protected override PartitionedCluster Cluster => fixture.Cluster;
}
