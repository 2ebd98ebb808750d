using Microsoft.Extensions.Configuration;
using SessionCluster.Balancer;
using SessionCluster.Balancer.Configuration;

namespace SessionCluster.Tests.Balancer;

public sealed class BalancerOptionsTests
{
    [Fact]
    public void Nodes_come_in_natural_order()
    {
        BalancerOptions options = Read(
            ("Balancer:Nodes:node10", "http://localhost:10/"),
            ("Balancer:Nodes:node9", "http://localhost:9"),
            ("Balancer:Nodes:node1", "https://localhost:1"));

        Assert.Equal(["node1", "node9", "node10"], options.Nodes.Select(node => node.Name));
        Assert.Equal("http://localhost:10", options.Nodes[2].Address);
        Assert.Equal(TimeSpan.FromSeconds(1), options.ProbeInterval);
    }

    [Fact]
    public void All_mistakes_are_told_at_once_with_key_value_and_range()
    {
        var wrong = Assert.Throws<BalancerOptionsException>(() => Read(
            ("Balancer:Nodes:bad.name", "http://localhost:1"),
            ("Balancer:Nodes:node2", "localhost:2"),
            ("Balancer:ProbeInterval", "5"),
            ("Balancer:ProbeFailures", "many"),
            ("Balancer:MaximumConnections", "0")));

        Assert.Equal(
        [
            "Balancer:Nodes:bad.name is 'bad.name': allowed is "
                + "a name of 1 to 64 letters, digits, '-' or '_'.",
            "Balancer:Nodes:node2 is 'localhost:2': allowed is "
                + "http://host:port or https://host:port and nothing behind it.",
            "Balancer:ProbeInterval is '5': allowed is "
                + "a duration from 00:00:00.1000000 to 00:01:00, as hours:minutes:seconds.",
            "Balancer:ProbeFailures is 'many': allowed is a whole number from 1 to 100.",
            "Balancer:MaximumConnections is '0': allowed is a whole number from 1 to 1000000.",
        ], wrong.Errors);
    }

    [Fact]
    public void Every_node_has_an_address_for_HTTP_2_or_none_has()
    {
        (string, string)[] nodes =
            [("Balancer:Nodes:node1", "http://localhost:1"), ("Balancer:Nodes:node2", "http://localhost:2")];

        Assert.Empty(Read(nodes).Http2);
        Assert.Equal(
            ["http://localhost:8", "http://localhost:9"],
            Read([
                .. nodes,
                ("Balancer:Http2:node1", "http://localhost:8"),
                ("Balancer:Http2:node2", "http://localhost:9/"),
            ]).Http2.Values.Order());
        var wrong = Assert.Throws<BalancerOptionsException>(() => Read(
        [
            .. nodes, ("Balancer:Http2:node1", "http://localhost:2"), ("Balancer:Http2:node3", "http://localhost:3"),
        ]));

        Assert.Equal(
        [
            "Balancer:Http2:node1 is 'http://localhost:2': allowed is an address for HTTP/2 alone; "
                + "node2 has it for HTTP/1.1.",
            "Balancer:Http2:node3 is 'http://localhost:3': allowed is an address of a node that Balancer:Nodes names.",
            "Balancer:Http2 is 'without node2': allowed is an address of every node, or of none.",
        ], wrong.Errors);
    }

    [Fact]
    public void Two_nodes_with_one_address_and_keys_that_nobody_reads_are_mistakes_too()
    {
        var wrong = Assert.Throws<BalancerOptionsException>(() => Read(
            ("Balancer:Nodes:node1", "http://localhost:1"),
            ("Balancer:Nodes:node2", "http://LOCALHOST:1/"),
            ("Balancer:Retry:Dedline", "00:00:05"),
            ("Balancer:retry:deadline", "00:00:05"),
            ("Balancer:ProbeIntervall", "00:00:05")));

        Assert.Collection(
            wrong.Errors,
            error => Assert.Equal("Balancer:Nodes:node2 is 'http://LOCALHOST:1/': allowed is "
                + "an address of its own; node1 has it.", error),
            error => Assert.Equal("Balancer:ProbeIntervall is no known key: the nearest is ProbeInterval.", error),
            error => Assert.Equal("Balancer:Retry:Dedline is no known key: the nearest is Retry:Deadline.", error));
    }

    [Theory]
    [InlineData("Balancer:Deadline", "the nearest is Retry:Deadline")]
    [InlineData("Balancer:Retries:deadline", "the nearest is Retry:Deadline")]
    [InlineData("Balancer:Failover:Enabled", "the nearest is Failover")]
    [InlineData("Balancer:Node:node2", "the nearest is Nodes:name")]
    [InlineData("Balancer:Colour", "allowed is ActivityTimeout, ConnectTimeout, Failover, FirstRequestTimeout, "
        + "Http2:name, MaximumConnections, MaximumRequestBodyBytes, Nodes:name, ProbeFailures, ProbeInterval, "
        + "ProbeTimeout, ReportTimeout, Retry:AliveTimeout, Retry:BodyBytes, Retry:BudgetPerSecond, "
        + "Retry:BudgetPercent, Retry:Deadline, Retry:FurtherTries, Retry:HoldTime, Retry:Patience, "
        + "Retry:UnknownOutcome")]
    [InlineData("Replication:Nod", "the nearest is Node")]
    [InlineData("Replication:Secrte", "the nearest is Secret")]
    public void A_key_that_is_not_known_is_refused_as_nodes_do_whether_or_not_the_balancer_is_a_member(
        string key, string said)
    {
        foreach (string? name in (string?[])[null, "balancer"])
        {
            var wrong = Assert.Throws<BalancerOptionsException>(() => Read(
                ("Balancer:Nodes:node1", "http://localhost:1"), ("Replication:Node", name!), (key, "hush")));

            Assert.Equal([$"{key} is no known key: {said}."], wrong.Errors);
        }
    }

    [Fact]
    public void A_balancer_that_is_no_member_takes_what_is_set_for_all_members()
    {
        BalancerOptions options = Read(
            ("Balancer:Nodes:node1", "http://localhost:1"),
            ("Replication:Secret", "sixteen letters!"),
            ("Replication:Mode", "Backup"),
            ("Replication:Voters:0", "balancer"),
            ("Replication:Peers:node1", "tcp://localhost:2"));

        Assert.Equal("sixteen letters!", options.ClusterSecret);
    }

    [Fact]
    public void One_name_in_two_ways_of_writing_is_a_mistake()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Balancer:Nodes:node1", "http://localhost:1")])
            .AddInMemoryCollection([new("Balancer:Nodes:Node1", "http://localhost:2")])
            .Build();

        var wrong = Assert.Throws<BalancerOptionsException>(() => BalancerOptions.Read(configuration));

        Assert.Contains("is 'Node1, node1': allowed is one name", Assert.Single(wrong.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_with_a_member_is_told_at_once_with_the_rest()
    {
        var wrong = Assert.Throws<BalancerOptionsException>(() => BalancerApplication.Create(
        [
            "--Balancer:Nodes:node1=http://localhost:1", "--Balancer:Retry:Deadline=0",
            "--Replication:Node=balancer", $"--Replication:Secret={new string('s', 48)}", "--Replication:Port=0",
            "--Replication:SuspectAfter=00:05:00",
        ]));

        Assert.Contains(wrong.Errors, static error => error.StartsWith("Balancer:Retry:Deadline", StringComparison.Ordinal));
        Assert.Contains(wrong.Errors, static error => error.StartsWith("Replication:SuspectAfter", StringComparison.Ordinal));
    }

    [Fact]
    public void A_balancer_needs_a_node()
    {
        var wrong = Assert.Throws<BalancerOptionsException>(() => Read());

        Assert.Contains("Balancer:Nodes is '0 nodes'", Assert.Single(wrong.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node9", "node10", -1)]
    [InlineData("node2", "node2", 0)]
    [InlineData("node1", "node01", 1)]
    [InlineData("a", "a1", -1)]
    [InlineData("b1", "a2", 1)]
    public void Natural_order(string left, string right, int order)
    {
        Assert.Equal(order, Math.Sign(NaturalOrder.Instance.Compare(left, right)));
        Assert.Equal(-order, Math.Sign(NaturalOrder.Instance.Compare(right, left)));
    }

    private static BalancerOptions Read(params (string Key, string Value)[] settings) =>
        BalancerOptions.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
            .Build());
}
