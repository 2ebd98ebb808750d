namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>One cluster for all partitions. Each test heals what it has cut.</summary>
public abstract class PartitionFixture(string partitionPolicy) : IAsyncLifetime
{
    private PartitionedCluster? _cluster;
    private string? _obstacle;

    /// <summary>
    /// The cluster. Where the machine does not allow one, the test that asks is skipped with the reason.
    /// </summary>
    internal PartitionedCluster Cluster
    {
        get
        {
            Assert.SkipWhen(_obstacle is not null, $"Network namespaces cannot be made here: {_obstacle}");
            return _cluster!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        try
        {
            _cluster = await PartitionedCluster.StartAsync(("Replication__PartitionPolicy", partitionPolicy));
        }
        catch (NetworkRefusedException refused)
        {
            _obstacle = refused.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}

public sealed class MajorityPartitionFixture() : PartitionFixture("Majority");

public sealed class AvailablePartitionFixture() : PartitionFixture("Available");

/// <summary>Both clusters side by side: some cuts are made in both networks at once.</summary>
[CollectionDefinition(nameof(PartitionClusters), DisableParallelization = true)]
public sealed class PartitionClusters
    : ICollectionFixture<MajorityPartitionFixture>, ICollectionFixture<AvailablePartitionFixture>;
