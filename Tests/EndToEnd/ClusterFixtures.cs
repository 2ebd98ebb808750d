namespace SessionCluster.Tests.EndToEnd;

/// <summary>
/// One cluster for all scenes of a mode. One mode at a time: five processes are enough for two cores.
/// </summary>
public abstract class ClusterFixture(string mode, params string[] switches) : IAsyncLifetime
{
    private RunningCluster? _cluster;

    internal RunningCluster Cluster =>
        _cluster ?? throw new InvalidOperationException("The cluster has not been started.");

    public virtual async ValueTask InitializeAsync() => _cluster = await RunningCluster.StartAsync(mode, switches);

    public virtual async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}

public sealed class NoneFixture() : ClusterFixture("none");

public sealed class DeltaFixture() : ClusterFixture("delta");

public sealed class BackupFixture() : ClusterFixture("backup");

public sealed class SharedFixture() : ClusterFixture("shared");

[CollectionDefinition(nameof(NoneFixture), DisableParallelization = true)]
public sealed class NoneClusters : ICollectionFixture<NoneFixture>;

[CollectionDefinition(nameof(DeltaFixture), DisableParallelization = true)]
public sealed class DeltaClusters : ICollectionFixture<DeltaFixture>;

[CollectionDefinition(nameof(BackupFixture), DisableParallelization = true)]
public sealed class BackupClusters : ICollectionFixture<BackupFixture>;

[CollectionDefinition(nameof(SharedFixture), DisableParallelization = true)]
public sealed class SharedClusters : ICollectionFixture<SharedFixture>;
