namespace SessionCluster.Simulation;

/// <summary>What the ledger knows of one session.</summary>
internal sealed class KnownSession
{
    /// <summary>All that any message or fact has named.</summary>
    public List<Configuration> Configurations { get; } = [];

    public Epoch InForce { get; set; }

    /// <summary>The configuration of that epoch: a former process of the node may have named another one.</summary>
    public Configuration Newest { get; set; }

    /// <summary>Whether a primary has said that a quorum knows the session's end.</summary>
    public bool HasEnded { get; set; }

    public TimeSpan PromotedAt { get; set; }

    /// <summary>Since when all holders of a configuration that may be the newest one are dead.</summary>
    public TimeSpan? LostSince { get; set; }

    /// <summary>Whether nobody who lives may know how it is.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>All who live hold it, or know it, under this configuration: what was before has no part in it.</summary>
    public void BeginAnew(Configuration configuration)
    {
        Configurations.Clear();
        Configurations.Add(configuration);
        (Newest, InForce) = (configuration, configuration.Epoch);
        (HasEnded, IsForgotten, LostSince) = (false, false, null);
    }

    /// <summary>All who live know that it is gone.</summary>
    public void StaysGone() => (IsForgotten, LostSince) = (false, null);
}
