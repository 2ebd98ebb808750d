using SessionCluster.Benchmarks.Cluster;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>How much is measured.</summary>
internal sealed record ComparisonOptions
{
    /// <summary>The modes, in the order of the columns.</summary>
    public required IReadOnlyList<string> Modes { get; init; }

    /// <summary>Clusters of other makes that are measured in the same rounds; in columns of their own.</summary>
    public IReadOnlyList<OtherCluster> Beside { get; init; } = [];

    /// <summary>What is measured: of <see cref="Comparison.AllStages"/>.</summary>
    public required IReadOnlyList<string> Stages { get; init; }

    /// <summary>What keeps the sessions of <c>shared</c>, as <see cref="ClusterSetup.Store"/>.</summary>
    public string Store { get; init; } = ClusterSetup.Garnet;

    /// <summary>The same for people.</summary>
    public string StoreName { get; init; } = "Garnet";

    /// <summary>How many nodes each cluster has.</summary>
    public required int Nodes { get; init; }

    /// <summary>How often everything is measured; the modes take turns.</summary>
    public required int Rounds { get; init; }

    /// <summary>How many clients send at once, each with a session and a connection of its own.</summary>
    public required int Connections { get; init; }

    /// <summary>How long each load lasts, once a round.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>
    /// How long each load runs before the first round: half of it straight, half through the balancer. Where five
    /// processes share two cores, the compiler is done after some twenty seconds of all loads together.
    /// </summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>How long the clusters rest after the load of a round before their idleness is measured.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long they are idle then. The kernel tells processor time in steps of 10 ms for each process: for five
    /// processes that is half a percent of a core at most in ten seconds.
    /// </summary>
    public TimeSpan Idleness { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many sessions are created, weighed, and protected again after a kill.</summary>
    public required int Sessions { get; init; }

    /// <summary>How many requests are counted on the wire, of each load.</summary>
    public required int WireRequests { get; init; }

    /// <summary>
    /// How often nodes tell each other which sessions were read, while bytes on the wire are counted: by default much
    /// more often than else, so that it is seen.
    /// </summary>
    public TimeSpan TouchInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Where the results go.</summary>
    public required string Output { get; init; }

    /// <summary>Whether this is <see cref="Quick"/>.</summary>
    public bool IsQuick { get; private init; }

    /// <summary>
    /// Whether bare YARP is measured in the place of the balancer. Sessions that are in one node only show what the
    /// proxy costs; the other modes would show more.
    /// </summary>
    public bool HasBareProxy => Measures("speed") && Modes.Contains(Findings.Baseline);

    /// <summary>What the cluster of a mode is made of.</summary>
    public ClusterSetup SetupOf(string mode) => new(mode, Nodes) { Store = Store };

    /// <summary>Whether this stage is measured.</summary>
    public bool Measures(string stage) => Stages.Contains(stage);

    /// <summary>A run of seconds that shows that everything works; its figures say little.</summary>
    public ComparisonOptions Quick() => this with
    {
        IsQuick = true,
        Nodes = 3,
        Rounds = 1,
        Connections = 8,
        Duration = TimeSpan.FromMilliseconds(300),
        WarmUp = TimeSpan.FromMilliseconds(300),
        Rest = TimeSpan.FromSeconds(2),
        Idleness = TimeSpan.FromSeconds(3),
        Sessions = 300,
        WireRequests = 400,
        TouchInterval = TimeSpan.FromMilliseconds(300),
    };
}
