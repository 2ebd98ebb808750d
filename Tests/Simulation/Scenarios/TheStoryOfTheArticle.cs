using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>The experiment that the project began with, as a transcript that anybody can read.</summary>
public sealed class TheStoryOfTheArticle
{
    [Fact]
    public void A_basket_survives_the_death_of_its_node()
    {
        var cluster = new SimulatedCluster(nodes: 4, seed: 1);
        cluster.Settle();
        cluster.On(node: 4).Commit("cart", "shoes");
        cluster.Settle();
        Assert.Equal(4, cluster.PrimaryOf());

        cluster.Crash(4);
        cluster.Settle();
        int backup = cluster.BackupOf();
        int stranger = cluster.StrangerTo();
        Assert.Equal("shoes", cluster.On(stranger).Load("cart"));
        cluster.Settle();
        Assert.Equal(stranger, cluster.PrimaryOf());
        Assert.Equal(backup, cluster.BackupOf());

        cluster.On(stranger).Commit("cart", "shoes and socks");
        cluster.Restart(4);
        cluster.Settle();
        Assert.Equal("shoes and socks", cluster.On(node: 4).Load("cart"));
        cluster.Settle();
        cluster.Trace.MatchesFile("the_story_of_the_article.txt");
    }
}
