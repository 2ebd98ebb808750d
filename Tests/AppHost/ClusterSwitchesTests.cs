using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using SessionCluster.AppHost;

namespace SessionCluster.Tests.AppHost;

public class ClusterSwitchesTests
{
    [Fact]
    public void Nothing_said_means_four_nodes_in_backup()
    {
        Assert.True(ClusterSwitches.TryRead(Settings("balancer-port=0"), out var switches, out _));
        Assert.Equal(new ClusterSwitches("backup", 4, 0), switches);
        Assert.Null(switches.FixedBalancerPort);
    }

    [Theory]
    [InlineData("mode=none", "none", 4)]
    [InlineData("MODE=Delta", "delta", 4)]
    [InlineData("mode=SHARED", "shared", 4)]
    [InlineData("nodes=2", "backup", 2)]
    [InlineData("NODES=16", "backup", 16)]
    public void What_is_said_holds_whatever_the_case(string setting, string mode, int nodes)
    {
        Assert.True(ClusterSwitches.TryRead(Settings(setting, "BALANCER_PORT=0"), out var switches, out _));
        Assert.Equal(new ClusterSwitches(mode, nodes, 0), switches);
    }

    [Theory]
    [InlineData("none", false)]
    [InlineData("delta", true)]
    [InlineData("backup", true)]
    [InlineData("shared", false)]
    public void Only_nodes_that_tell_each_other_know_what_another_one_has_executed(string mode, bool isKnown) =>
        Assert.Equal(isKnown, new ClusterSwitches(mode, 4, 0).RecordsOutcomes);

    [Theory]
    [InlineData("partition-policy=Available")]
    [InlineData("PARTITION_POLICY=available")]
    public void A_policy_for_partitions_may_be_said(string setting)
    {
        Assert.True(ClusterSwitches.TryRead(Settings(setting, "BALANCER_PORT=0"), out var switches, out _));
        Assert.Equal("available", switches.PartitionPolicy);
    }

    [Theory]
    [InlineData("mode=both", "--mode both", "none, delta, backup, shared")]
    [InlineData("partition-policy=never", "--partition-policy never", "majority, available")]
    [InlineData("nodes=1", "--nodes 1", "2 to 16")]
    [InlineData("nodes=17", "--nodes 17", "2 to 16")]
    [InlineData("nodes=four", "--nodes four", "2 to 16")]
    [InlineData("balancer-port=65536", "--balancer-port 65536", "65535")]
    [InlineData("balancer-port=-1", "--balancer-port -1", "65535")]
    public void A_wrong_value_is_answered_with_the_switch_the_value_and_what_is_allowed(
        string setting, string said, string allowed)
    {
        Assert.False(ClusterSwitches.TryRead(Settings(setting), out _, out var reason));
        Assert.StartsWith(said, reason, StringComparison.Ordinal);
        Assert.Contains(allowed, reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', reason);
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        Assert.False(ClusterSwitches.TryRead(
            Settings("mode=both", "nodes=99", "balancer-port=no"), out _, out var reason));
        Assert.Collection(
            reason.Split(Environment.NewLine),
            static line => Assert.StartsWith("--mode both", line, StringComparison.Ordinal),
            static line => Assert.StartsWith("--nodes 99", line, StringComparison.Ordinal),
            static line => Assert.StartsWith("--balancer-port no", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_port_that_is_taken_is_refused()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        Assert.False(ClusterSwitches.TryRead(Settings($"balancer-port={port}"), out _, out var reason));
        Assert.StartsWith($"--balancer-port {port}", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--mod", "delta", "--mod")]
    [InlineData("--mode", "none", "delta", "delta")]
    [InlineData("-m", "delta", "-m")]
    [InlineData("--mode", "--mode")]
    [InlineData("--nodes", "--mode", "none", "--nodes")]
    [InlineData("--Balancer:Failovr=false", "--Balancer:Failovr=false: unknown")]
    [InlineData("--Balancr:Failover", "false", "--Balancr:Failover: unknown")]
    [InlineData("--Balancer:ProbeInterval", "00:00:02", "--Balancer:ProbeInterval: unknown")]
    [InlineData("--Replication:PartitionPolicy", "available", "--Replication:PartitionPolicy: unknown")]
    [InlineData("--ConnectionStrings:sesions", "localhost", "--ConnectionStrings:sesions: unknown")]
    [InlineData("--Balancer:Failover", "--Balancer:Failover: no value given; allowed: true, false")]
    [InlineData("--balancer:failover", "--nodes", "3", "--balancer:failover: no value given; allowed: true, false")]
    public void A_word_that_nobody_understands_is_named(params string[] wordsAndCulprit)
    {
        var unknown = ClusterSwitches.FindUnknown(wordsAndCulprit[..^1]);

        Assert.StartsWith(wordsAndCulprit[^1], unknown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--mode", "delta", "--nodes=3", "--balancer-port", "0")]
    [InlineData("--operation", "publish", "--step", "publish", "--output-path", "out")]
    [InlineData("--Logging:LogLevel:Default=Debug", "--AppHost:BrowserToken", "known")]
    [InlineData("--Balancer:Failover", "false", "--connectionstrings:SESSIONS=host", "--Parameters:operator-key=x")]
    public void What_Aspire_understands_is_let_through(params string[] words) =>
        Assert.Null(ClusterSwitches.FindUnknown(words));

    private static IConfiguration Settings(params string[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => setting.Split('='))
            .ToDictionary(pair => pair[0], pair => (string?)pair[1]))
        .Build();
}
