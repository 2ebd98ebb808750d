namespace SessionCluster.Tests.EndToEnd;

/// <summary>The seed's scenes that look alike in every mode.</summary>
public abstract class CommonScenes(ClusterFixture fixture, string mode)
{
    private protected RunningCluster Cluster { get; } = fixture.Cluster;

    [Fact]
    public async Task Scene_1_all_nodes_and_the_balancer_are_up_and_the_page_shows_it()
    {
        var page = await Eventually.SeeAsync(
            "every node up", Patience.Protection, Cluster.Table.NodesAsync, seen => seen.Nodes.All(node => node.IsUp));

        Assert.Equal(mode, page.Mode, ignoreCase: true);
        Assert.Equal(RunningCluster.NodeNames, page.Nodes.Select(node => node.Name).Order());
        foreach (var node in page.Nodes)
        {
            Assert.Equal(Cluster.AddressOf(node.Name), node.Address);
            Assert.Equal(await Cluster.ProcessIdOfAsync(node.Name), node.ProcessId);
        }
    }

    [Fact]
    public async Task Scene_1_the_page_counts_each_nodes_traffic()
    {
        using var browser = Cluster.NewBrowser();
        var node = (await browser.OpenAsync()).Node;
        var before = (await Cluster.Table.NodesAsync())[node].Requests;

        await browser.OpenAsync();
        await browser.OpenAsync();

        // A node that does not answer the page at once is shown with what it said last.
        var row = await Eventually.SeeAsync(
            "two requests more", Patience.Protection, async () => (await Cluster.Table.NodesAsync())[node],
            seen => seen.Requests >= before + 2);
        Assert.Equal(before + 2, row.Requests);
    }

    [Fact]
    public async Task Scene_2_the_sample_page_names_its_node_and_session_and_keeps_the_basket()
    {
        using var browser = Cluster.NewBrowser();
        var first = await browser.OpenAsync();
        await browser.PutIntoBasketAsync("shoes", 2);
        var second = await browser.OpenAsync();

        Assert.Contains(first.Node, RunningCluster.NodeNames);
        Assert.Equal(first.Session, second.Session);
        Assert.NotEqual(first.Timestamp, second.Timestamp);
        Assert.Contains("shoes", second.Basket.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scene_4_one_visitor_stays_on_one_node()
    {
        using var browser = Cluster.NewBrowser();
        var first = await browser.WriteAsync(1);
        for (var number = 2; number <= 6; number++)
        {
            var next = await browser.WriteAsync(number);
            Assert.Equal((first.Node, first.Session, number), (next.Node, next.Session, (int)next.Count));
        }
    }

    [Fact]
    public async Task Scene_4_visitors_without_cookies_go_round_all_nodes()
    {
        // A node that the scene before has started again gets visitors when the balancer's next probe has seen it.
        var served = await Eventually.SeeAsync(
            "four visitors on four nodes", Patience.Request, VisitOnceForEachNodeAsync,
            RunningCluster.NodeNames.SequenceEqual);

        Assert.Equal(RunningCluster.NodeNames, served);
    }

    private async Task<List<string>> VisitOnceForEachNodeAsync()
    {
        List<string> served = [];
        foreach (var _ in RunningCluster.NodeNames)
        {
            using var browser = Cluster.NewBrowser();
            served.Add((await browser.OpenAsync()).Node);
        }

        return [.. served.Order()];
    }

    /// <summary>The seed's run: this many visitors, two rounds through the nodes.</summary>
    private protected async Task<List<Probe>> EightVisitorsAsync()
    {
        List<Probe> visits = [];
        for (var visitor = 1; visitor <= 8; visitor++)
        {
            using var browser = Cluster.NewBrowser();
            visits.Add(await browser.WriteAsync(visitor));
        }

        return visits;
    }
}
