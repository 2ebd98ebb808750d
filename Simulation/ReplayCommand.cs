using System.CommandLine;
using System.Globalization;

namespace SessionCluster.Simulation;

/// <summary>The command <c>replay</c>: runs one seed and shows it.</summary>
internal static class ReplayCommand
{
    /// <summary>The variable that names the seed where no switch does.</summary>
    private const string SeedVariable = "SIM_SEED";

    private static readonly Option<ulong?> Seed = new("--seed")
    {
        Description = $"The seed; where it is not given, that of the variable {SeedVariable}, else 1.",
    };

    private static readonly Option<string> About = new("--about")
    {
        Description = "Prints only the lines with this text, such as the name of a session.",
        DefaultValueFactory = static _ => "",
    };

    private static readonly Option<bool> Quiet = new("--quiet") { Description = "Prints the result only." };

    public static Command Create()
    {
        var command = new Command("replay", "Runs one seed and prints every line of its history.")
        {
            Seed, SeedOptions.Profile, SeedOptions.Nodes, About, Quiet,
        };
        command.Validators.Add(static result =>
        {
            if (Told is { } told && result.GetResult(Seed) is null
                && !ulong.TryParse(told, CultureInfo.InvariantCulture, out _))
            {
                result.AddError($"{SeedVariable}={told} is no seed.");
            }
        });
        command.SetAction(Run);
        return command;
    }

    private static string? Told => Environment.GetEnvironmentVariable(SeedVariable);

    /// <returns>0 where all promises were kept, else 1.</returns>
    private static int Run(ParseResult arguments)
    {
        TextWriter output = arguments.InvocationConfiguration.Output;
        ulong seed = arguments.GetValue(Seed)
            ?? (Told is { } told ? ulong.Parse(told, CultureInfo.InvariantCulture) : 1);
        SwarmProfile profile = arguments.GetValue(SeedOptions.Profile) ?? SwarmRun.ProfileOf(seed);
        var run = new SeedRun(seed, profile, arguments.GetValue(SeedOptions.Nodes));
        string about = arguments.GetValue(About)!;
        if (!arguments.GetValue(Quiet))
        {
            run.Cluster.Trace.Printer = line =>
            {
                if (about.Length == 0 || line.Contains(about, StringComparison.Ordinal))
                {
                    output.WriteLine(line);
                }
            };
        }

        output.WriteLine($"seed {seed}, profile {profile}, {run.Cluster.Options}");
        SeedResult result = SeedResult.Of(run);
        output.WriteLine(result.HasFailed ? $"FAILED: {result.Failure}" : "all promises kept");
        output.WriteLine($"trace hash {result.TraceHash:x16}");
        return result.HasFailed ? 1 : 0;
    }
}
