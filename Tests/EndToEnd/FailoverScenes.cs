using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>
/// Fifty visitors write and read all the time, and notice nothing. <c>FAILOVER_ROUNDS</c> says how often each thing is
/// done to them: three times where nobody asks, which is the short form; ten is the long one.
/// </summary>
[Collection(nameof(BackupFixture))]
public sealed class FailoverScenes(BackupFixture fixture, ITestOutputHelper output)
{
    private const int Crowd = 50;

    /// <summary>Longer than it takes to give a silent node up.</summary>
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(4);

    private static int Rounds => LongRun.Of("FAILOVER_ROUNDS", 3);

    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Scene_9_the_request_right_after_the_kill_meets_no_error()
    {
        using var browser = Cluster.NewBrowser();
        await browser.PutIntoBasketAsync("shoes", 2);
        var page = await browser.OpenAsync();
        await Cluster.Table.ProtectedAsync([page.Session], backups: 1);
        await using var outage = await Cluster.CrashAsync(page.Node);

        var next = await browser.OpenAsync();

        Assert.NotEqual(page.Node, next.Node);
        Assert.Equal((page.Session, page.Basket.GetRawText()), (next.Session, next.Basket.GetRawText()));
    }

    [Fact]
    public async Task Nobody_notices_that_nodes_are_killed()
    {
        await using var visitors = new Visitors(Crowd, _ => Cluster.NewBrowser());
        await visitors.AllHaveWritten;
        for (var round = 0; round < Rounds; round++)
        {
            var node = RunningCluster.NodeNames[round % RunningCluster.NodeNames.Count];
            visitors.TakeLongest();
            var outage = await Cluster.CrashAsync(node);
            await visitors.WriteMoreAsync(Crowd * 4);
            var (answer, gap) = visitors.TakeLongest();
            output.WriteLine(
                $"{node}: longest answer {answer.TotalMilliseconds:0} ms, longest gap {gap.TotalMilliseconds:0} ms");
            await outage.EndAsync();
            await Cluster.AllProtectedAsync();
        }

        AssertContent(await visitors.EndAsync());
    }

    [Fact]
    public async Task Nobody_notices_that_a_node_freezes_and_wakes_again()
    {
        await using var visitors = new Visitors(Crowd, _ => Cluster.NewBrowser());
        await visitors.AllHaveWritten;
        await using (await Cluster.FreezeAsync("node2"))
        {
            await Task.Delay(Freeze, TestContext.Current.CancellationToken);
            await visitors.WriteMoreAsync(Crowd * 8);
        }

        await Cluster.SeenByBalancerAsync("node2", up: true);
        await visitors.WriteMoreAsync(Crowd * 4);
        AssertContent(await visitors.EndAsync());
    }

    [Fact]
    public async Task Nobody_notices_that_a_node_is_drained()
    {
        await using var visitors = new Visitors(Crowd, _ => Cluster.NewBrowser());
        await visitors.AllHaveWritten;

        await Cluster.CommandAsync("node3", "drain");
        await visitors.WriteMoreAsync(Crowd * 2);
        await Cluster.CommandAsync("node3", KnownResourceCommands.RestartCommand);
        await Cluster.SeenByBalancerAsync("node3", up: true);

        await visitors.WriteMoreAsync(Crowd * 2);
        AssertContent(await visitors.EndAsync());
    }

    /// <summary>One fault after another at random, for as long as <c>FAILOVER_SECONDS</c> says.</summary>
    [Fact]
    public async Task Nobody_notices_minutes_of_random_kills_and_freezes()
    {
        var length = TimeSpan.FromSeconds(LongRun.Of("FAILOVER_SECONDS", 0));
        Assert.SkipWhen(length == TimeSpan.Zero, "Runs for as long as FAILOVER_SECONDS says.");
        await using var visitors = new Visitors(Crowd, _ => Cluster.NewBrowser());
        await visitors.AllHaveWritten;
        Dictionary<bool, List<double>> gaps = new() { [true] = [], [false] = [] };
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < length)
        {
            var node = RunningCluster.NodeNames[Random.Shared.Next(RunningCluster.NodeNames.Count)];
            var kills = Random.Shared.Next(2) == 0;
            await Cluster.AllProtectedAsync();
            await Task.Delay(
                TimeSpan.FromMilliseconds(Random.Shared.Next(1000)), TestContext.Current.CancellationToken);
            visitors.TakeLongest();
            await using (kills ? await Cluster.CrashAsync(node) : (IAsyncDisposable)await Cluster.FreezeAsync(node))
            {
                await Task.Delay(kills ? TimeSpan.Zero : Freeze, TestContext.Current.CancellationToken);
                await visitors.WriteMoreAsync(Crowd * 8);
                gaps[kills].Add(visitors.TakeLongest().Gap.TotalMilliseconds);
            }

            await Cluster.SeenByBalancerAsync(node, up: true);
        }

        foreach (var (kills, longest) in gaps)
        {
            longest.Sort();
            output.WriteLine($"{longest.Count} {(kills ? "kills" : "freezes")}, longest gap each: "
                + $"median {longest.ElementAtOrDefault(longest.Count / 2):0} ms, "
                + $"greatest {longest.LastOrDefault():0} ms");
        }

        AssertContent(await visitors.EndAsync());
    }

    [Fact]
    public async Task Two_balancers_side_by_side_send_a_visitor_to_the_same_node()
    {
        await using var second = await SecondBalancer.StartAsync(Cluster);
        using var browser = Cluster.NewBrowser();
        var first = await browser.WriteAsync(1);
        var other = await browser.OpenAsync(second.Address);
        Assert.Equal((first.Node, first.Session), (other.Node, other.Session));
        var back = await browser.WriteAsync(2);
        Assert.Equal((first.Node, first.Session, 2L), (back.Node, back.Session, back.Count));
    }

    /// <summary>Half of the visitors come by a balancer that is no member, and that is restarted under them.</summary>
    [Fact]
    public async Task Nobody_notices_a_kill_by_whichever_of_two_balancers_and_a_restart_of_one_is_its_absence_only()
    {
        await using var second = await SecondBalancer.StartAsync(Cluster);
        await using var visitors = new Visitors(
            Crowd,
            visitor => visitor % 2 == 0
                ? Cluster.NewBrowser()
                : new Browser(second.Address, waitsForBalancer: true));
        await visitors.AllHaveWritten;

        await using (await Cluster.CrashAsync("node1"))
        {
            await visitors.WriteMoreAsync(Crowd * 4);
            await second.RestartAsync();
            await visitors.WriteMoreAsync(Crowd * 4);
        }

        AssertContent(await visitors.EndAsync());
    }

    [Fact]
    public async Task Nobody_notices_more_of_a_restart_of_the_balancer_than_that_it_is_away()
    {
        await using var visitors = new Visitors(Crowd, _ => Cluster.NewBrowser(waitsForBalancer: true));
        await visitors.AllHaveWritten;
        for (var round = 0; round < Rounds; round++)
        {
            await Cluster.CommandAsync("balancer", KnownResourceCommands.RestartCommand);
            await Cluster.BecomesHealthyAsync("balancer");
            await visitors.WriteMoreAsync(Crowd * 2);
        }

        AssertContent(await visitors.EndAsync());
    }

    [Fact]
    public async Task A_balancer_that_was_restarted_knows_where_everybody_belongs()
    {
        using var browser = Cluster.NewBrowser();
        var before = await browser.WriteAsync(1);

        await Cluster.CommandAsync("balancer", KnownResourceCommands.RestartCommand);
        await Cluster.BecomesHealthyAsync("balancer");

        var after = await browser.WriteAsync(2);
        Assert.Equal((before.Node, before.Session, 2L), (after.Node, after.Session, after.Count));
    }

    private void AssertContent(Experience experience)
    {
        output.WriteLine(experience.ToString());
        Assert.Empty(experience.Complaints);
    }
}
