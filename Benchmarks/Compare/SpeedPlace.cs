namespace SessionCluster.Benchmarks.Compare;

/// <summary>What is asked, and on which way: all who take part are measured there one after the other.</summary>
/// <param name="Load">The requests.</param>
/// <param name="Route">The way that they take.</param>
internal sealed record SpeedPlace(LoadKind Load, string Route)
{
    /// <summary>To the nodes themselves.</summary>
    public const string Straight = "straight";

    /// <summary>Through whatever stands before them.</summary>
    public const string Balancer = "balancer";

    /// <summary>All of them, in their order.</summary>
    public static IReadOnlyList<SpeedPlace> All { get; } =
    [
        .. LoadKind.All.SelectMany(static load => new SpeedPlace[] { new(load, Straight), new(load, Balancer) }),
    ];

    /// <summary>What the report calls it.</summary>
    public string Section => $"{Load.Name}, {Route}";
}
