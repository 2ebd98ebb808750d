namespace SessionCluster.Replication;

/// <summary>Who holds a session, as of an epoch. The newest one recorded by a quorum is the truth.</summary>
/// <param name="Counter">The epoch's counter, from 1.</param>
/// <param name="Placement">The holders.</param>
public readonly record struct Configuration(long Counter, Placement Placement)
{
    /// <summary>The epoch that this configuration begins.</summary>
    public Epoch Epoch => new(Counter, Placement is { IsAlive: true } ? Placement.Primary.Node : default);

    /// <summary>Whether this configuration replaces <paramref name="other"/>.</summary>
    public bool IsNewerThan(Configuration other) => Epoch > other.Epoch;

    /// <inheritdoc/>
    public override string ToString() => $"{Counter}:{Placement}";
}
