namespace SessionCluster.Replication;

/// <summary>
/// A version as a primary and a holder name it to each other: both know who the primary is, so it is not said.
/// </summary>
/// <param name="Counter">The counter of the configuration.</param>
/// <param name="Sequence">Rises by one with each commit; never falls, whatever the configuration.</param>
public readonly record struct HolderVersion(long Counter, long Sequence)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Counter}.{Sequence}";
}
