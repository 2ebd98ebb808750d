namespace SessionCluster.Balancer.Failover;

/// <summary>How long the beginning of a body may still be held.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Began">When its first part came.</param>
/// <param name="Longest">How long it may be held from then on.</param>
internal readonly record struct HoldTime(TimeProvider Time, long Began, TimeSpan Longest)
{
    /// <summary>What is left of the time.</summary>
    public TimeSpan Left
    {
        get
        {
            TimeSpan left = Longest - Time.GetElapsedTime(Began);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Whether nothing is left.</summary>
    public bool IsOver => Left == TimeSpan.Zero;
}
