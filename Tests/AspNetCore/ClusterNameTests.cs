using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Replication.AspNetCore.Hosting;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>By what name members are one cluster: those that could not agree are several.</summary>
public sealed class ClusterNameTests
{
    [Theory]
    [InlineData(ReplicationMode.Backup, PartitionPolicy.Majority, "shop")]
    [InlineData(ReplicationMode.Delta, PartitionPolicy.Majority, "shop")]
    [InlineData(ReplicationMode.Backup, PartitionPolicy.Available, "shop/Available")]
    [InlineData(ReplicationMode.None, PartitionPolicy.Majority, "shop/None")]
    [InlineData(ReplicationMode.None, PartitionPolicy.Available, "shop/None")]
    public void It_tells_those_apart_that_must_not_agree(ReplicationMode mode, PartitionPolicy policy, string name) =>
        Assert.Equal(name, TransportFactory.ClusterOf(
            new ReplicationOptions { ClusterName = "shop", Mode = mode, PartitionPolicy = policy }));
}
