namespace SessionCluster.Balancer.Health;

/// <summary>
/// What the cluster's members agree on about each other. The balancer is a member, and hears of a death or a farewell
/// before its probes do.
/// </summary>
internal interface IClusterView
{
    /// <summary>Raised on any thread, with the members of the new view and how they stand.</summary>
    event Action<IReadOnlyDictionary<string, MemberStanding>>? Changed;
}

/// <summary>How a member stands with the others.</summary>
internal enum MemberStanding
{
    /// <summary>It serves.</summary>
    Serving,

    /// <summary>It hands over what it holds, and goes.</summary>
    Leaving,

    /// <summary>Its process is proven dead.</summary>
    Dead,
}
