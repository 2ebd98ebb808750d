namespace SessionCluster.Benchmarks.Scale;

/// <summary>How much is simulated.</summary>
internal sealed record ScaleOptions
{
    /// <summary>The sizes of the clusters, in nodes; ascending.</summary>
    public IReadOnlyList<int> Sizes { get; init; } = [2, 4, 8, 16, 32, 64];

    /// <summary>How many sessions each cluster has, whatever its size.</summary>
    public int Sessions { get; init; } = 2000;

    /// <summary>How many bytes the value of a session has.</summary>
    public int SessionBytes { get; init; } = 1024;

    /// <summary>How many bytes a write changes.</summary>
    public int ChangedBytes { get; init; } = 100;

    /// <summary>A run of seconds that shows that everything works; its laws say little.</summary>
    public ScaleOptions Quick() => this with { Sizes = [2, 4, 8], Sessions = 200 };
}
