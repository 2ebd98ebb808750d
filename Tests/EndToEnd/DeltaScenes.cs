namespace SessionCluster.Tests.EndToEnd;

[Collection(nameof(DeltaFixture))]
public sealed class DeltaScenes(DeltaFixture fixture) : TableScenes(fixture, "delta")
{
    [Fact]
    public async Task Scene_6_eight_sessions_make_thirty_two_entries_one_on_every_node()
    {
        var visits = await EightVisitorsAsync();

        var table = await Cluster.Table.ProtectedAsync([.. visits.Select(visit => visit.Session)], backups: 3);

        Assert.Equal(32, table.Entries);
        Assert.All(visits, visit => Assert.Equal(visit.Node, table.Find(visit.Session)!.Primary));
    }
}
