namespace SessionCluster.Tests.EndToEnd;

/// <summary>How long each kind of wait may last. Generous: they fail tests, they do not measure.</summary>
internal static class Patience
{
    /// <summary>From nothing to all healthy, on a busy machine with two cores.</summary>
    public static readonly TimeSpan ClusterStart = TimeSpan.FromSeconds(120);

    /// <summary>From the command to a healthy node that has joined.</summary>
    public static readonly TimeSpan NodeStart = TimeSpan.FromSeconds(60);

    /// <summary>From the kill to the orchestrator's knowledge of it.</summary>
    public static readonly TimeSpan NodeEnd = TimeSpan.FromSeconds(20);

    /// <summary>Until every session has its copies again, and the balancer's page says so.</summary>
    public static readonly TimeSpan Protection = TimeSpan.FromSeconds(15);

    /// <summary>One request, with whatever a node's death adds to it.</summary>
    public static readonly TimeSpan Request = TimeSpan.FromSeconds(10);
}
