using System.CommandLine;

namespace SessionCluster.Simulation;

/// <summary>The command <c>sweep</c>: every single fault at every message of a story.</summary>
internal static class SweepCommand
{
    private static readonly Option<ulong> Seed = new("--seed")
    {
        Description = "Of the story that is told again and again.",
        DefaultValueFactory = static _ => 1,
    };

    private static readonly Option<SingleFault?> Fault = new Option<SingleFault?>("--fault")
    {
        Description = "The only one, where it is given.",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Enum.GetNames<SingleFault>());

    private static readonly Option<int?> At = new Option<int?>("--at")
    {
        Description = "With --fault: the only message, from 0; the story is printed.",
    };

    private static readonly Option<PartitionPolicy> Policy = new Option<PartitionPolicy>("--policy")
    {
        Description = "What members do that hear too few others.",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Enum.GetNames<PartitionPolicy>());

    private static readonly Option<PlannedChange> Change = new Option<PlannedChange>("--change")
    {
        Description = "What a person does to the cluster meanwhile.",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Enum.GetNames<PlannedChange>());

    private static readonly Option<bool> HasAftershock = new("--aftershock")
    {
        Description = "A second, short fault follows each.",
    };

    private static readonly Option<int> Nodes = new Option<int>("--nodes")
    {
        Description = "How many nodes there are, from 2 to 63; 0 lets the seed choose. Two have a voter.",
    }.Allow(static nodes => nodes is 0 or (>= 2 and <= 63), "0, or from 2 to 63");

    private static readonly Option<int> Backups = new Option<int>("--backups")
    {
        Description = "How many backups a session has; 0 lets the seed choose.",
    }.AtLeast(0);

    private static readonly Option<int> Lines = new Option<int>("--lines")
    {
        Description = "With --at: how many of the last lines are printed.",
        DefaultValueFactory = static _ => 60,
    }.AtLeast(0);

    private static readonly Option<int> Stories = new Option<int>("--stories")
    {
        Description = "How many of them are told at most, chosen by the seed.",
        DefaultValueFactory = static _ => int.MaxValue,
    }.AtLeast(1);

    public static Command Create()
    {
        var command = new Command("sweep", "Lets every single fault strike at every message of a story.")
        {
            Seed, Fault, At, Policy, Change, HasAftershock, Nodes, Backups, Stories, Lines,
        };
        command.Validators.Add(static result =>
        {
            if (result.GetResult(At) is not null && result.GetResult(Fault) is null)
            {
                result.AddError("--at needs --fault.");
            }
        });
        command.SetAction(Run);
        return command;
    }

    /// <returns>0 where all promises were kept, else 1.</returns>
    private static int Run(ParseResult arguments)
    {
        TextWriter output = arguments.InvocationConfiguration.Output;
        var options = new StoryOptions
        {
            Seed = arguments.GetValue(Seed),
            Policy = arguments.GetValue(Policy),
            Change = arguments.GetValue(Change),
            HasAftershock = arguments.GetValue(HasAftershock),
            Nodes = arguments.GetValue(Nodes),
            Backups = arguments.GetValue(Backups),
        };
        SingleFault? fault = arguments.GetValue(Fault);
        if (fault is { } one && arguments.GetValue(At) is { } at)
        {
            return Tell(output, new FaultedStory(options, one, at, TraceDetail.Latest), arguments.GetValue(Lines));
        }

        var sweep = new FaultSweep
        {
            Story = options,
            Faults = fault is { } only ? [only] : Enum.GetValues<SingleFault>(),
            StoriesAtMost = arguments.GetValue(Stories),
        };
        output.WriteLine(sweep.Run());
        foreach (FaultSweep.Failure failure in sweep.Failures)
        {
            output.WriteLine(failure);
        }

        return sweep.Failures.Count == 0 ? 0 : 1;
    }

    private static int Tell(TextWriter output, FaultedStory story, int lines)
    {
        try
        {
            story.Run();
            output.WriteLine($"kept all promises ({story.Occasion})");
            return 0;
        }
        catch (SimulationFailedException failure)
        {
            foreach (string line in story.Cluster.Trace.Latest(lines))
            {
                output.WriteLine(line);
            }

            output.WriteLine(failure.Message);
            return 1;
        }
    }
}
