using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;
using SessionCluster.Tests.Faults.Members;

namespace SessionCluster.Tests.Faults;

/// <summary>Many processes that come and go at the same moment.</summary>
[Collection(nameof(LoopbackClusters))]
public sealed class StartScenes(ITestOutputHelper output)
{
    private const string Balancer = MemberCluster.Balancer;

    /// <summary>
    /// From the start of the processes until each node and the balancer have answered; with two busy cores.
    /// </summary>
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(20);

    /// <summary>
    /// From the start of some and the end of others until all that are left serve in one view; as above.
    /// </summary>
    private static readonly TimeSpan LongestChange = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("Majority")]
    [InlineData("Available")]
    public async Task F13_nodes_and_balancer_that_start_in_one_moment_are_one_cluster_in_time(string policy)
    {
        string[] nodes = [.. RunningCluster.NodeNames];
        await using var cluster = new LoopbackCluster(policy, nodes);
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false });

        var began = Ledger.Now;
        await cluster.StartAsync([.. nodes, Balancer]);
        await cluster.OpenAsync(nodes);
        var visits = await Task.WhenAll(
            nodes.Append(Balancer).Select(member => BeginAsync(http, cluster.DoorOf(member))));
        AssertTook(LongestStart, began);

        // What one has written in a cookie, all others can read.
        foreach (var (visitor, session) in visits)
        {
            foreach (var door in cluster.DoorsOf([.. nodes, Balancer]))
            {
                var read = await visitor.SendAsync(HttpMethod.Get, door, "/probe");
                Assert.Equal((session, 1L), (read.Seen?.Session, read.Seen?.Previous));
            }
        }

        await cluster.Table.ProtectedAsync([.. visits.Select(visit => visit.Session)], backups: 1);
    }

    [Theory]
    [InlineData("Majority")]
    [InlineData("Available")]
    public async Task F13_that_four_nodes_join_while_two_leave_costs_nothing_and_is_done_in_time(string policy)
    {
        string[] leaving = ["node1", "node2"], staying = ["node3"], joining = ["node4", "node5", "node6", "node7"];
        await using var cluster = new LoopbackCluster(policy, [.. leaving, .. staying, .. joining]);
        await cluster.StartAsync([.. leaving, .. staying, Balancer]);
        await cluster.OpenAsync([.. leaving, .. staying]);
        await using var writers = new Writers().Start("through the balancer", 6, cluster.DoorOf(Balancer));
        await Eventually.SeeAsync(
            "a session for each writer", Patience.Request, () => Task.FromResult(writers.Sessions.Count),
            count => count == writers.Count);

        var began = Ledger.Now;
        await Task.WhenAll([cluster.StartAsync(joining), .. leaving.Select(cluster.LeaveAsync)]);
        await cluster.OpenAsync([.. staying, .. joining]);
        AssertTook(LongestChange, began);

        var ledger = await writers.FinishAsync();
        ledger.AssertNothingBut();
        Assert.Empty(ledger.Failures);
        await cluster.Table.ProtectedAsync(writers.Sessions, backups: 1);
    }

    /// <summary>Writes once, as soon as there is somebody at the door who lets a visitor write.</summary>
    private static async Task<(Visitor Visitor, string Session)> BeginAsync(HttpClient http, Uri door)
    {
        var visitor = new Visitor(http);
        var written = await Eventually.SeeAsync(
            $"a write at {door}", Patience.NodeStart, WriteAsync, answer => answer.Seen is not null);
        return (visitor, written.Seen!.Session);

        async Task<Answer> WriteAsync()
        {
            using var nothing = new ByteArrayContent([]);
            return await visitor.SendAsync(HttpMethod.Post, door, "/probe/1", nothing);
        }
    }

    private void AssertTook(TimeSpan longest, long began)
    {
        var took = TimeProvider.System.GetElapsedTime(began);
        output.WriteLine($"all serve after {took.TotalSeconds:0.0} s");
        Assert.True(
            took <= longest,
            $"All serve after {took.TotalSeconds:0.0} s, which is more than {longest.TotalSeconds} s.");
    }
}
