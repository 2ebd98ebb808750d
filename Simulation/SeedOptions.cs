using System.CommandLine;

namespace SessionCluster.Simulation;

/// <summary>The options that several commands share.</summary>
internal static class SeedOptions
{
    /// <summary>With the voter that some clusters have, as many as a view may have.</summary>
    private const int NodesMaximum = WireLimits.ViewMembers - 1;

    // By name only: the parser alone would take any number, and several names at once for their sum.
    public static readonly Option<SwarmProfile?> Profile = new Option<SwarmProfile?>("--profile")
    {
        Description =
            "How hard the cluster is tried; where it is not given, the seed chooses: three of four have the policy "
            + "Majority, the others Available (AvailableKills, Divided and DividedFull).",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Enum.GetNames<SwarmProfile>());

    public static readonly Option<int> Nodes = new Option<int>("--nodes")
    {
        Description = $"How many nodes there are, whatever the seed says: 2 to {NodesMaximum}; 0 leaves it to the seed.",
    }.Allow(static nodes => nodes is 0 or (>= 2 and <= NodesMaximum), $"0, or from 2 to {NodesMaximum}");
}
