using System.Diagnostics;
using System.Net;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>The nodes hold nothing: the store does, a process of its own that the AppHost starts.</summary>
[Collection(nameof(SharedFixture))]
public sealed class SharedScenes(SharedFixture fixture) : CommonScenes(fixture, "shared")
{
    private const string Store = "sessions";
    private const int Crowd = 32;

    /// <summary>Half of what a request waits for a store that does not answer.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What a request waits, what its client takes to notice that, and half a second of a busy machine's.
    /// </summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2 + 0.25 + 0.5);

    /// <summary>Much less than the 30 s after which what is left in the store goes by itself.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    /// <summary>Longer than three nodes, asked one after the other, would wait for it.</summary>
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(7);

    [Fact]
    public async Task Every_node_serves_every_session()
    {
        using var browser = Cluster.NewBrowser();
        await browser.PutIntoBasketAsync("shoes", 2);
        var page = await browser.OpenAsync();

        foreach (var node in RunningCluster.NodeNames)
        {
            var seen = await browser.OpenAsync(Cluster.AddressOf(node));
            Assert.Equal((node, page.Session), (seen.Node, seen.Session));
            Assert.Equal(page.Basket.GetRawText(), seen.Basket.GetRawText());
        }
    }

    [Fact]
    public async Task A_killed_node_loses_nothing_also_of_a_session_that_has_just_changed_its_key()
    {
        using var browser = Cluster.NewBrowser();
        var begun = await browser.WriteAsync(1);
        var written = await browser.WriteAsync(2, rotate: true);
        Assert.NotEqual(begun.Session, written.Session);

        await using var outage = await Cluster.CrashAsync(written.Node);

        var read = await browser.ReadAgainAsync();
        Assert.NotEqual(written.Node, read.Node);
        Assert.Equal((written.Session, false, 2L, 2L), (read.Session, read.IsNew, read.Last, read.Count));
    }

    [Fact]
    public async Task The_death_of_the_store_is_an_outage_that_is_said_at_once_and_ends_with_it()
    {
        using var browser = Cluster.NewBrowser();
        await browser.WriteAsync(1);

        await Cluster.CommandAsync(Store, "crash");
        try
        {
            await AssertSaidAtOnceAsync(browser);
        }
        finally
        {
            await Cluster.StartNodeAsync(Store);
        }

        var next = await browser.ReadAgainAsync();
        Assert.True(next.IsNew);
        await browser.WriteAsync(2);
        Assert.Equal(2, (await browser.ReadAsync()).Last);
        await EveryNodeAsync("up");
    }

    [Fact]
    public async Task A_store_that_freezes_is_said_in_time_and_whoever_shops_is_served_when_it_wakes()
    {
        await using var shoppers = new Shoppers(Crowd, Cluster.BalancerAddress);
        await shoppers.AllServedAsync(Patience.Request);
        shoppers.TakeTold();

        await using (await Cluster.FreezeAsync(Store))
        {
            await Task.Delay(Freeze, TestContext.Current.CancellationToken);
            await SeeFirstLineAsync("mode shared, 0 of 4 nodes up, the store does not answer", string.Equals);
            await EveryNodeAsync("degraded");
        }

        await shoppers.AllServedAsync(Soon);
        var told = shoppers.TakeTold();
        Assert.All(told, answer => Assert.InRange(answer.Waited, TimeSpan.Zero, Bound));
        Assert.All(told.Where(answer => !answer.IsServed), answer =>
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (answer.Status, answer.HasRetryAfter));
            Assert.Contains("The session store does not answer.", answer.Text, StringComparison.Ordinal);
        });
        Assert.True(told.Count(answer => !answer.IsServed) >= Crowd, "Nobody noticed that the store was frozen.");
        await EveryNodeAsync("up");
        await SeeFirstLineAsync("mode shared, 4 of 4 nodes up, the store answers", string.Equals);
    }

    private async Task AssertSaidAtOnceAsync(Browser browser)
    {
        // The first request may meet the connection while it ends.
        await AssertRefusedAsync(browser);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var start = Stopwatch.GetTimestamp();
            await AssertRefusedAsync(browser);
            Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, AtOnce);
        }

        await EveryNodeAsync("degraded");
        await SeeFirstLineAsync(
            "the store cannot be reached",
            static (line, expected) => line.Contains(expected, StringComparison.Ordinal));
    }

    /// <summary>
    /// Waits until the line that sums up, on the page for people, says this. A node that takes long to answer the page
    /// is left out of one of them.
    /// </summary>
    private async Task SeeFirstLineAsync(string expected, Func<string, string, bool> says)
    {
        using var observer = Cluster.NewBrowser();
        await Eventually.SeeAsync(
            expected,
            Patience.Protection,
            async () => (await observer.ShowAsync("/_cluster", "text/plain")).Text.Split('\n')[0],
            line => says(line, expected));
    }

    private Task<NodesPage> EveryNodeAsync(string state) => Eventually.SeeAsync(
        $"every node {state}", Patience.Protection, Cluster.Table.NodesAsync,
        page => page.Nodes.All(node => node.State == state));

    private static async Task AssertRefusedAsync(Browser browser)
    {
        var refusal = await Assert.ThrowsAsync<HttpRequestException>(browser.ReadAsync);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
    }
}
