namespace SessionCluster.Tests.EndToEnd;

/// <summary>The scenes of every mode whose nodes hold sessions: the table shows where they are.</summary>
public abstract class TableScenes(ClusterFixture fixture, string mode) : CommonScenes(fixture, mode)
{
    [Fact]
    public async Task Scene_3_the_table_shows_a_session_on_the_node_that_served_it()
    {
        using var browser = Cluster.NewBrowser();
        var served = await browser.WriteAsync(1);

        var row = await SeeRowAsync(served.Session);

        Assert.Equal(served.Node, row.Primary);
    }

    [Theory]
    [InlineData("text/html", "text/html")]
    [InlineData("*/*", "text/plain")]
    [InlineData("application/json", "application/json")]
    public async Task Scene_3_the_table_is_for_browsers_terminals_and_programs(string accept, string kind)
    {
        using var browser = Cluster.NewBrowser();
        var served = await browser.WriteAsync(1);
        await SeeRowAsync(served.Session);

        var shown = await browser.ShowAsync("/_cluster/sessions", accept);

        Assert.Equal(kind, shown.Kind);
        Assert.Contains(served.Node, shown.Text, StringComparison.Ordinal);
        if (kind != "application/json")
        {
            // A page has a column for each node; a program is told who has copies.
            Assert.All(RunningCluster.NodeNames, node => Assert.Contains(node, shown.Text, StringComparison.Ordinal));
        }
    }

    private Task<SessionRow> SeeRowAsync(string session) => Eventually.SeeAsync(
        $"session {session} in the table",
        Patience.Protection,
        async () => (await Cluster.Table.SessionsAsync()).Find(session)
            ?? new SessionRow(session, new Dictionary<string, string>()),
        row => row.Copies.Count > 0);
}
