using System.Collections.Concurrent;
using Microsoft.AspNetCore.Session;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Replication.AspNetCore.Hosting;

namespace SessionCluster.Tests.AspNetCore;

public sealed class VoterTests
{
    [Fact]
    public async Task A_voter_joins_votes_and_holds_no_session()
    {
        Dictionary<string, string?> withVoter = new() { ["Voters:0"] = "node3" };
        var network = new MemoryNetwork();
        using IHost voter = CreateVoter(network);
        await using TestNode first = CreateNode(network, 1, withVoter);
        await using TestNode second = CreateNode(network, 2, withVoter);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await Task.WhenAll(
            voter.StartAsync(cancellation), first.App.StartAsync(cancellation), second.App.StartAsync(cancellation));
        NodeLoop loop = voter.Services.GetRequiredService<NodeLoop>();
        await TestCluster.UntilAsync(
            () => loop.Snapshot is { IsReady: true, Members: 3 } && first.Loop.Snapshot.IsReady,
            "all three are members");
        using HttpClient client = first.Server.CreateClient();
        using HttpResponseMessage response = await client.GetAsync(new Uri("/set/a/1", UriKind.Relative), cancellation);
        Assert.True(response.IsSuccessStatusCode);
        Assert.Single(await second.Loop.InspectAsync(static (node, _) => node.Copies.ToArray(), cancellation));
        Assert.Empty(await loop.InspectAsync(static (node, _) => node.Copies.ToArray(), cancellation));
        Assert.Null(voter.Services.GetService<ISessionStore>());
        await voter.StopAsync(cancellation);
    }

    [Fact]
    public async Task A_voter_is_told_who_leaves_and_who_has_died()
    {
        Dictionary<string, string?> withVoter = new() { ["Voters:0"] = "node3" };
        var network = new MemoryNetwork();
        using IHost voter = CreateVoter(network);
        await using TestNode first = CreateNode(network, 1, withVoter);
        await using TestNode second = CreateNode(network, 2, withVoter);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var told = new ConcurrentQueue<string>();
        ClusterMembership membership = voter.Services.GetRequiredService<ClusterMembership>();
        membership.Changed += members => told.Enqueue(string.Join(
            ' ', members.OrderBy(static member => member.Key).Select(static member => $"{member.Key}:{member.Value}")));
        await Task.WhenAll(
            voter.StartAsync(cancellation), first.App.StartAsync(cancellation), second.App.StartAsync(cancellation));
        await TestCluster.UntilAsync(
            () => told.Contains("node1:Serving node2:Serving node3:Serving"), "it is told of all");

        await first.App.StopAsync(cancellation);
        await TestCluster.UntilAsync(
            () => told.Contains("node1:Leaving node2:Serving node3:Serving")
                && told.Contains("node2:Serving node3:Serving"),
            () => "it is told of the leave: " + string.Join(", ", told));
        await second.Loop.StopAsync();
        await second.App.Services.GetRequiredService<IPeerTransport>().StopAsync(cancellation);
        await TestCluster.UntilAsync(
            () => told.Contains("node2:Dead node3:Serving") || membership.Current.Count == 1,
            () => "it is told of the death: " + string.Join(", ", told));
        await voter.StopAsync(cancellation);
    }

    [Fact]
    public async Task A_voter_is_told_who_stays_after_all()
    {
        Dictionary<string, string?> withVoter = new() { ["Voters:0"] = "node3" };
        var network = new MemoryNetwork();
        using IHost voter = CreateVoter(network);
        await using TestNode first = CreateNode(network, 1, withVoter);
        await using TestNode second = CreateNode(network, 2, withVoter);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        ClusterMembership membership = voter.Services.GetRequiredService<ClusterMembership>();
        await Task.WhenAll(
            voter.StartAsync(cancellation), first.App.StartAsync(cancellation), second.App.StartAsync(cancellation));
        await TestCluster.UntilAsync(
            () => membership.Current.Count == 3 && first.Loop.Snapshot.IsReady, "all three are members");
        using HttpClient client = first.Server.CreateClient();
        using HttpResponseMessage response = await client.GetAsync(new Uri("/set/a/1", UriKind.Relative), cancellation);

        var drain = new StartDrain(MayLeave: false, MayLose: false);
        Assert.True(second.Loop.TryPost(drain));
        await TestCluster.UntilAsync(() => Standing("node2") == ClusterMemberState.Leaving, "node2 is known to leave");
        Assert.True(first.Loop.TryPost(drain));
        await TestCluster.UntilAsync(
            () => first.Logs.Entries.Concat(second.Logs.Entries).Any(static entry => entry.Id.Name == "DrainGivenUp"),
            "one of them gives up");
        await TestCluster.UntilAsync(
            () => Standing("node1") == ClusterMemberState.Serving || Standing("node2") == ClusterMemberState.Serving,
            () => $"the voter knows: {string.Join(' ', membership.Current)}");
        await TestCluster.UntilAsync(
            () => first.Loop.Snapshot.IsReady || second.Loop.Snapshot.IsReady, "it serves");
        await voter.StopAsync(cancellation);

        ClusterMemberState? Standing(string name) =>
            membership.Current.TryGetValue(name, out ClusterMemberState state) ? state : null;
    }

    [Fact]
    public void Who_shares_a_store_has_a_membership_that_tells_of_nobody()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(
            TestCluster.Configure(
                3, 3, new Dictionary<string, string?> { ["Mode"] = "shared", ["Voters:0"] = "node3" }));
        builder.AddSessionReplicationVoter();
        using IHost voter = builder.Build();
        Assert.Empty(voter.Services.GetRequiredService<ClusterMembership>().Current);
        Assert.Null(voter.Services.GetService<NodeLoop>());
    }

    private static TestNode CreateNode(MemoryNetwork network, int number, Dictionary<string, string?> options) =>
        TestNode.Create(network, TestCluster.Configure(number, 3, options), null, SessionApp.Map);

    private static IHost CreateVoter(MemoryNetwork network)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(
            TestCluster.Configure(3, 3, new Dictionary<string, string?> { ["Voters:0"] = "node3" }));
        builder.Logging.ClearProviders();
        builder.AddSessionReplicationVoter();
        builder.Services.AddSingleton(services =>
        {
            ReplicationSettings settings = services.GetRequiredService<ReplicationSettings>();
            return network.Add(settings.Self, settings.Role);
        });
        return builder.Build();
    }
}
