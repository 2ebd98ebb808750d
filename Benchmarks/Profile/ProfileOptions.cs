using SessionCluster.Benchmarks.Compare;

namespace SessionCluster.Benchmarks.Profile;

/// <summary>Which loads are held, and for how long.</summary>
internal sealed record ProfileOptions
{
    /// <summary>The loads by their names on the command line.</summary>
    public static readonly IReadOnlyDictionary<string, LoadKind> AllLoads = new Dictionary<string, LoadKind>
    {
        ["write"] = LoadKind.Write1K,
        ["body"] = LoadKind.Write1KWithBody,
        ["change"] = LoadKind.Change,
        ["read"] = LoadKind.Read,
        ["create"] = LoadKind.Create,
    };

    /// <summary>The modes, each with a cluster that is up all the time.</summary>
    public required IReadOnlyList<string> Modes { get; init; }

    /// <summary>Of <see cref="AllLoads"/>.</summary>
    public required IReadOnlyList<string> Loads { get; init; }

    /// <summary>Of <see cref="ProfiledCluster.AllWays"/>.</summary>
    public required IReadOnlyList<string> Ways { get; init; }

    /// <summary>How often each load is held; all take turns.</summary>
    public required int Rounds { get; init; }

    /// <summary>How long each load is held, once a round.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How long each load is held before the first round.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>How many clients send at once.</summary>
    public required int Connections { get; init; }

    /// <summary>How many nodes each cluster has.</summary>
    public required int Nodes { get; init; }

    /// <summary>What the shell is told to run while each load is held; null where nothing.</summary>
    public string? During { get; init; }

    /// <summary>
    /// A work tree with an earlier build: clusters of it take turns with those of this one. Null where there is none.
    /// </summary>
    public string? Before { get; init; }

    /// <summary>A run of seconds that shows that everything works; its figures say little.</summary>
    public ProfileOptions Quick() => this with
    {
        Rounds = 1,
        Duration = TimeSpan.FromMilliseconds(300),
        WarmUp = TimeSpan.FromMilliseconds(300),
        Connections = 4,
        Nodes = 2,
    };
}
