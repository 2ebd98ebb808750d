namespace SessionCluster.Simulation;

/// <summary>How hard the cluster is tried.</summary>
internal enum SwarmProfile
{
    /// <summary>Kills, restarts, drains and resets, each after the cluster has recovered from the last.</summary>
    SingleKills,

    /// <summary>Every kind of fault, each after the cluster has recovered from the last.</summary>
    Single,

    /// <summary>Kills, restarts, drains and resets at any time.</summary>
    Kills,

    /// <summary>Silences of about the time-outs, before clients that are in a hurry.</summary>
    Brief,

    /// <summary>Deaths in the midst of changes, on a slow network, before clients that are in a hurry.</summary>
    Changes,

    /// <summary>Everything at any time.</summary>
    Full,

    /// <summary>As <see cref="SingleKills"/> with the policy Available, which must make no difference.</summary>
    AvailableKills,

    /// <summary>Cuts and partitions of every shape with the policy Available; nobody dies.</summary>
    Divided,

    /// <summary>Everything at any time with the policy Available.</summary>
    DividedFull,
}
