namespace SessionCluster.Simulation;

/// <summary>Which story is told.</summary>
internal sealed record StoryOptions
{
    /// <summary>Of the story: its cluster, its clients and its network.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What members do that hear too few others.</summary>
    public PartitionPolicy Policy { get; init; }

    /// <summary>What a person does to the cluster meanwhile.</summary>
    public PlannedChange Change { get; init; }

    /// <summary>Whether a second, short fault follows the first.</summary>
    public bool HasAftershock { get; init; }

    /// <summary>How many nodes there are, from 2; 0 where the seed chooses.</summary>
    public int Nodes { get; init; }

    /// <summary>How many backups a session has; 0 where the seed chooses.</summary>
    public int Backups { get; init; }

    /// <summary>
    /// Any cluster that can do without one of its members, and without one more that leaves or joins. Of four members
    /// two are too many.
    /// </summary>
    public ClusterOptions DrawCluster()
    {
        SeededRandom random = SeededRandom.For(Seed, "cluster");
        int drawn = random.Between(3, 5);
        bool hasVoter = random.Chance(0.5) || Nodes == 2;
        int least = Change switch
        {
            PlannedChange.None => 3,
            PlannedChange.Restart when !hasVoter => 5,
            _ => 4,
        };
        int nodes = Nodes > 0 ? Nodes : Math.Max(drawn, least);
        return new ClusterOptions
        {
            Seed = Seed,
            Nodes = nodes,
            HasVoter = hasVoter,
            Backups = DrawBackups(nodes, random),
            PartitionPolicy = Policy,
            IsStrict = true,
            Network = random.Chance(0.5) ? new NetworkProfile() : NetworkProfile.Draw(random),
            HeartbeatInterval = ReplicationSettings.DefaultHeartbeatInterval,
        };
    }

    /// <summary>The words of the command line that tell this story, and no other.</summary>
    public override string ToString() => $"--seed {Seed}"
        + (Policy == PartitionPolicy.Majority ? "" : $" --policy {Policy}")
        + (Change == PlannedChange.None ? "" : $" --change {Change}")
        + (HasAftershock ? " --aftershock" : "")
        + (Nodes == 0 ? "" : $" --nodes {Nodes}")
        + (Backups == 0 ? "" : $" --backups {Backups}");

    private int DrawBackups(int nodes, SeededRandom random)
    {
        int drawn = nodes > 3 && random.Chance(0.2) ? 2 : 1;
        return Backups > 0 ? Backups : drawn;
    }
}
