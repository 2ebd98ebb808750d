namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>One cluster with the policy Available for all partitions. Each test heals what it has cut.</summary>
public sealed class AvailableFixture : IAsyncLifetime
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
            _cluster = await PartitionedCluster.StartAsync(("Replication__PartitionPolicy", "Available"));
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
    }
}

[CollectionDefinition(nameof(AvailableFixture), DisableParallelization = true)]
public sealed class AvailableClusters : ICollectionFixture<AvailableFixture>;
