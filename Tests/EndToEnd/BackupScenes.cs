namespace SessionCluster.Tests.EndToEnd;

[Collection(nameof(BackupFixture))]
public sealed class BackupScenes(BackupFixture fixture) : TableScenes(fixture, "backup")
{
    [Fact]
    public async Task Scene_6_eight_sessions_make_sixteen_entries_primary_where_served_and_one_backup()
    {
        var visits = await EightVisitorsAsync();

        var table = await Cluster.Table.ProtectedAsync([.. visits.Select(visit => visit.Session)], backups: 1);

        Assert.Equal(16, table.Entries);
        Assert.All(visits, visit => Assert.Equal(visit.Node, table.Find(visit.Session)!.Primary));
    }

    [Fact]
    public async Task Scene_7_a_killed_primary_turns_red_and_every_session_has_two_copies_again()
    {
        var visits = await EightVisitorsAsync();
        var ids = visits.Select(visit => visit.Session).ToList();
        var before = await Cluster.Table.ProtectedAsync(ids, backups: 1);
        var victim = visits[^1].Node;
        var heir = before.Find(visits[^1].Session)!.Backups.Single();

        await using var outage = await Cluster.CrashAsync(victim);

        await Cluster.SeenByBalancerAsync(victim, up: false);
        var after = await Cluster.Table.ProtectedAsync(ids, backups: 1, dead: victim);
        Assert.Equal(16, after.Entries);
        Assert.Contains(heir, after.Find(visits[^1].Session)!.Copies.Keys);
    }

    [Fact]
    public async Task Scene_8_a_node_without_a_copy_fetches_the_session_and_becomes_its_primary()
    {
        using var browser = Cluster.NewBrowser();
        await browser.PutIntoBasketAsync("shoes", 2);
        var page = await browser.OpenAsync();
        await Cluster.Table.ProtectedAsync([page.Session], backups: 1);
        await using var outage = await Cluster.CrashAsync(page.Node);
        var table = await Cluster.Table.ProtectedAsync([page.Session], backups: 1, dead: page.Node);
        var before = table.Sessions.Single();
        var stranger = RunningCluster.NodeNames.Except([page.Node, .. before.Copies.Keys]).Single();

        var taken = await browser.OpenAsync(Cluster.AddressOf(stranger));

        Assert.Equal((stranger, page.Session), (taken.Node, taken.Session));
        Assert.Equal(page.Basket.GetRawText(), taken.Basket.GetRawText());
        var after = await Eventually.SeeAsync(
            $"{stranger} as primary, one of {before} as backup, and no third copy",
            Patience.Protection,
            async () => (await Cluster.Table.SessionsAsync()).Find(page.Session)!,
            row => row.Primary == stranger && row.Copies.Count == 2);
        Assert.Contains(after.Backups.Single(), before.Copies.Keys);
    }

    [Fact]
    public async Task Scene_8_through_the_balancer_the_basket_is_as_it_was()
    {
        using var browser = Cluster.NewBrowser();
        await browser.PutIntoBasketAsync("hat", 1);
        var page = await browser.OpenAsync();
        await using var outage = await Cluster.CrashAsync(page.Node);
        await Cluster.SeenByBalancerAsync(page.Node, up: false);

        var next = await browser.ReloadAsync();

        Assert.NotEqual(page.Node, next.Node);
        Assert.Equal(page.Session, next.Session);
        Assert.Equal(page.Basket.GetRawText(), next.Basket.GetRawText());
        await Cluster.Table.ProtectedAsync([page.Session], backups: 1, dead: page.Node);
    }

    [Fact]
    public async Task Scene_10_a_restarted_node_takes_its_share_and_nothing_is_lost_when_a_second_one_dies()
    {
        using var first = Cluster.NewBrowser();
        var kept = await first.WriteAsync(1);
        await Cluster.Table.ProtectedAsync([kept.Session], backups: 1);
        var outage = await Cluster.CrashAsync(kept.Node);
        await Cluster.Table.ProtectedAsync([kept.Session], backups: 1, dead: kept.Node);
        await outage.EndAsync();

        var visits = await EightVisitorsAsync();
        var ids = visits.Select(visit => visit.Session).Append(kept.Session).ToList();
        var table = await Cluster.Table.ProtectedAsync(ids, backups: 1);
        Assert.Contains(table.Sessions, session => session.Copies.ContainsKey(kept.Node));

        var second = table.Find(kept.Session)!.Primary!;
        await using var again = await Cluster.CrashAsync(second);
        await Cluster.Table.ProtectedAsync(ids, backups: 1, dead: second);
        await Cluster.SeenByBalancerAsync(second, up: false);
        var read = await first.ReadAgainAsync();
        Assert.Equal((kept.Session, false, 1L), (read.Session, read.IsNew, read.Last));
    }
}
