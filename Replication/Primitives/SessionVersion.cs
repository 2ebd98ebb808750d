namespace SessionCluster.Replication;

/// <summary>How far a session has come. Older statements about a session are refused.</summary>
/// <param name="Epoch">Rises with each change of the session's configuration, for example of its primary.</param>
/// <param name="Sequence">Rises by one with each commit; never falls, whatever the epoch.</param>
public readonly record struct SessionVersion(Epoch Epoch, long Sequence)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Epoch.Counter}.{Sequence}";
}
