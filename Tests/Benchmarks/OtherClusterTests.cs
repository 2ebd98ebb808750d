using SessionCluster.Benchmarks.Cluster;

namespace SessionCluster.Tests.Benchmarks;

public sealed class OtherClusterTests
{
    [Fact]
    public void A_cluster_of_another_make_is_named_with_its_ports_and_the_path_of_a_write()
    {
        Assert.True(
            OtherCluster.TryParse("tomcat=18081,18082;18080;/app/write.jsp?a=1;b=2", out OtherCluster? cluster));
        Assert.Equal("tomcat", cluster.Name);
        Assert.Equal([18081, 18082], cluster.NodePorts);
        Assert.Equal(18080, cluster.BalancerPort);
        Assert.Equal("/app/write.jsp?a=1;b=2", cluster.Path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tomcat")]
    [InlineData("=1;2;/write")]
    [InlineData("tomcat=1;2;write")]
    [InlineData("tomcat=1;/write")]
    [InlineData("tomcat=1,x;2;/write")]
    [InlineData("tomcat=1,;2;/write")]
    [InlineData("tomcat=0;2;/write")]
    [InlineData("tomcat=1;65536;/write")]
    public void What_is_not_of_that_form_is_refused(string text) => Assert.False(OtherCluster.TryParse(text, out _));
}
