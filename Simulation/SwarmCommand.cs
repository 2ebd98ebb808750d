using System.CommandLine;

namespace SessionCluster.Simulation;

/// <summary>The command <c>swarm</c>: tries many seeds.</summary>
internal static class SwarmCommand
{
    private static readonly Option<int> Seeds = new Option<int>("--seeds")
    {
        Description = "How many seeds to try.",
        DefaultValueFactory = static _ => 1000,
    }.AtLeast(1);

    private static readonly Option<ulong?> From = new("--from")
    {
        Description = "The first of them; where it is not given, a fresh one, which is printed before it is tried.",
    };

    private static readonly Option<int> Workers = new Option<int>("--workers")
    {
        Description = "How many seeds run at once.",
        DefaultValueFactory = static _ => Environment.ProcessorCount,
    }.AtLeast(1);

    private static readonly Option<bool> First = new("--first") { Description = "Stops at the first failure." };

    public static Command Create()
    {
        var command = new Command(
            "swarm", "Tries many seeds, each of which makes a cluster, its clients and its faults.")
        {
            Seeds, From, SeedOptions.Profile, Workers, SeedOptions.Nodes, First,
        };
        command.SetAction(Run);
        return command;
    }

    /// <returns>0 where all promises were kept, else 1.</returns>
    private static int Run(ParseResult arguments)
    {
        TextWriter output = arguments.InvocationConfiguration.Output;
        TextWriter errors = arguments.InvocationConfiguration.Error;
        ulong fresh = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() * 100_000;
        var swarm = new SwarmRun
        {
            First = arguments.GetValue(From) ?? fresh,
            Seeds = arguments.GetValue(Seeds),
            Workers = arguments.GetValue(Workers),
            Nodes = arguments.GetValue(SeedOptions.Nodes),
            Profile = arguments.GetValue(SeedOptions.Profile),
            StopsAtFirst = arguments.GetValue(First),
            Tell = output.WriteLine,
            TellProgress = errors.WriteLine,
        };

        // First, so that a run which is ended, or ends, before the last line can be run again.
        output.WriteLine($"{swarm.Seeds} seeds from {swarm.First}");
        output.WriteLine(swarm.Run());
        SeedResult? least = swarm.Failures.OrderBy(static failure => failure.Seed).FirstOrDefault();
        if (least is not null)
        {
            output.WriteLine(least.Report);
        }

        return swarm.Failures.Count == 0 ? 0 : 1;
    }
}
