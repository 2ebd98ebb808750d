namespace SessionCluster.Tests.EndToEnd;

[Collection(nameof(NoneFixture))]
public sealed class NoneScenes(NoneFixture fixture) : TableScenes(fixture, "none")
{
    [Fact]
    public async Task Scene_5_eight_sessions_make_eight_entries_each_where_it_was_served()
    {
        var visits = await EightVisitorsAsync();

        var table = await Cluster.Table.ProtectedAsync([.. visits.Select(visit => visit.Session)], backups: 0);

        Assert.Equal(8, table.Entries);
        Assert.All(visits, visit => Assert.Equal(visit.Node, table.Find(visit.Session)!.Primary));
        Assert.All(RunningCluster.NodeNames, node => Assert.Equal(2, visits.Count(visit => visit.Node == node)));
    }
}
