namespace SessionCluster.Simulation;

/// <summary>
/// What a person does to the cluster while the story is told, so that the fault strikes in its midst.
/// </summary>
internal enum PlannedChange
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>One more node starts.</summary>
    Join,

    /// <summary>A node is drained, stopped when it says that this is safe, and started again.</summary>
    Restart,
}
