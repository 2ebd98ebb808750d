using System.CommandLine;

namespace SessionCluster.Simulation;

/// <summary>The command <c>sweep</c>: every single fault at every message of a story.</summary>
internal static class SweepCommand
{
    private const int LinesOfOne = 60;

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

    public static Command Create()
    {
        var command = new Command("sweep", "Lets every single fault strike at every message of a story, and last.")
        {
            Seed, Fault, At,
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
        ulong seed = arguments.GetValue(Seed);
        SingleFault? fault = arguments.GetValue(Fault);
        if (fault is { } one && arguments.GetValue(At) is { } at)
        {
            return Tell(output, new FaultedStory(seed, one, at, TraceDetail.Latest));
        }

        var sweep = new FaultSweep { Seed = seed, Faults = fault is { } only ? [only] : Enum.GetValues<SingleFault>() };
        output.WriteLine(sweep.Run());
        foreach (FaultSweep.Failure failure in sweep.Failures)
        {
            output.WriteLine(failure);
        }

        return sweep.Failures.Count == 0 ? 0 : 1;
    }

    private static int Tell(TextWriter output, FaultedStory story)
    {
        try
        {
            story.Run();
            output.WriteLine($"kept all promises ({story.Occasion})");
            return 0;
        }
        catch (SimulationFailedException failure)
        {
            foreach (string line in story.Cluster.Trace.Latest(LinesOfOne))
            {
                output.WriteLine(line);
            }

            output.WriteLine(failure.Message);
            return 1;
        }
    }
}
