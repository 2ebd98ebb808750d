namespace SessionCluster.Simulation;

/// <summary>
/// What the sweep does for the swarm: some seeds tell a story with one fault as well, so that what is promised while
/// one lasts is asked for by chance, too. And it looks for what no seed finds: every fault at every message of some
/// stories.
/// </summary>
internal static class SingleFaultSearch
{
    /// <summary>How many seeds tell a story. It takes a tenth of what else a seed does.</summary>
    private const double ToldShare = 0.15;

    /// <summary>Most stories have more messages; where one has not, it is told without a fault.</summary>
    private const int MessagesMost = 350;

    /// <summary>Tells the story of a seed, where it has one.</summary>
    /// <returns>Which promise was broken, and what tells it again; nothing where none was.</returns>
    public static (string Failure, string Replay)? TellOf(ulong seed)
    {
        SeededRandom random = SeededRandom.For(seed, "story");
        if (!random.Chance(ToldShare))
        {
            return null;
        }

        SingleFault fault = random.Pick(Enum.GetValues<SingleFault>());
        int at = random.Below(MessagesMost);
        StoryOptions options = Draw(seed);
        var story = new FaultedStory(options, fault, at);
        try
        {
            story.Run();
            return null;
        }
        catch (Exception failure)
        {
            // Whatever went wrong, in the machine or in the simulator, is a failure of this seed alone.
            return ($"story with {fault} at message {at} ({story.Occasion}): {failure.Message}",
                $"replay: dotnet run -c Release --project Simulation -- sweep {options} --fault {fault} --at {at}");
        }
    }

    private static StoryOptions Draw(ulong seed)
    {
        SeededRandom random = SeededRandom.For(seed, "story options");
        return new StoryOptions
        {
            Seed = seed,
            Change = random.Chance(0.5) ? PlannedChange.None : random.Pick(Enum.GetValues<PlannedChange>()),
            HasAftershock = random.Chance(0.25),
            Policy = random.Chance(0.25) ? PartitionPolicy.Available : PartitionPolicy.Majority,
        };
    }

    /// <summary>Sweeps stories from 1 on until one fails.</summary>
    /// <param name="stories">How many.</param>
    /// <returns>How many were swept, the one that failed and how; no reason where none did.</returns>
    public static (int Swept, ulong Story, string Failure) FindFailure(int stories)
    {
        for (int swept = 1; swept <= stories; swept++)
        {
            if (FailureOf((ulong)swept) is { } failure)
            {
                return (swept, (ulong)swept, failure);
            }
        }

        return (stories, 0, "");
    }

    private static string? FailureOf(ulong story)
    {
        var sweep = new FaultSweep { Story = new StoryOptions { Seed = story } };
        try
        {
            sweep.Run();
        }
        catch (SimulationFailedException undisturbed)
        {
            return $"without a fault: {undisturbed.Message}";
        }

        return sweep.Failures is [{ } first, ..] ? first.ToString() : null;
    }
}
