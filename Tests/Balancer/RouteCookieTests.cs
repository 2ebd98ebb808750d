using Microsoft.Extensions.Primitives;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.Balancer;

public sealed class RouteCookieTests
{
    [Theory]
    [InlineData("SessionCluster.Route=node1.node2", "node1.node2")]
    [InlineData("a=b; SessionCluster.Route=node1.node2; c=d", "node1.node2")]
    [InlineData("a=b;SessionCluster.Route=node1", "node1")]
    [InlineData("a=b;  SessionCluster.Route=node1 ;", "node1")]
    [InlineData("SessionCluster.Route=", "")]
    [InlineData("SessionCluster.Route", "")]
    [InlineData("SessionCluster.RouteX=node1", "")]
    [InlineData("XSessionCluster.Route=node1", "")]
    [InlineData("a=SessionCluster.Route=node1", "")]
    [InlineData(";;;", "")]
    [InlineData("", "")]
    public void It_is_found_among_others(string header, string route) =>
        Assert.Equal(route, RouteCookie.Find(header).ToString());

    [Fact]
    public void It_is_found_in_any_line() =>
        Assert.Equal("node2", RouteCookie.Find(new StringValues(["a=b", "SessionCluster.Route=node2"])).ToString());

    [Fact]
    public void Without_a_header_there_is_none() => Assert.True(RouteCookie.Find(StringValues.Empty).IsEmpty);
}
