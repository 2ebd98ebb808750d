using System.Globalization;

namespace SessionCluster.Simulation;

/// <summary>The simulator as a program: <c>swarm</c> tries many seeds, <c>replay</c> shows one.</summary>
internal static class CommandLine
{
    private const string Usage = """
        swarm  [--seeds N] [--from SEED] [--profile P] [--workers N] [--nodes N] [--first]
               tries N seeds (default 1000) from SEED (default: a fresh one, which is printed);
               --first stops at the first failure
        replay [--seed SEED] [--profile P] [--nodes N] [--about SESSION] [--quiet]
               runs one seed (default: the variable SIM_SEED) and prints every line, or those about one session
        mutations [--only TEXT] [--seeds N] [--catalog main|rare|stranger|outsider|sides]
               compiles the machine with each deliberate fault (or those with TEXT in their name) and lets the swarm
               look for it in at most N seeds (default 2000)
        profiles: SingleKills, Single, Kills, Brief, Changes, Full (default: the seed chooses one of these);
        with the policy Available: AvailableKills, Divided, DividedFull
        """;

    public static int Run(string[] arguments, TextWriter output)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int index = 1; index < arguments.Length; index++)
        {
            bool hasValue = index + 1 < arguments.Length && !arguments[index + 1].StartsWith("--", StringComparison.Ordinal);
            options[arguments[index]] = hasValue ? arguments[++index] : "";
        }

        try
        {
            return arguments.FirstOrDefault() switch
            {
                "swarm" => Swarm(options, output),
                "replay" => Replay(options, output),
                _ => Explain(output),
            };
        }
        catch (FormatException wrong)
        {
            output.WriteLine(wrong.Message);
            return Explain(output);
        }
    }

    private static int Swarm(Dictionary<string, string> options, TextWriter output)
    {
        ulong fresh = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() * 100_000;
        var swarm = new SwarmRun
        {
            First = Number(options, "--from", fresh),
            Seeds = (int)Number(options, "--seeds", 1000),
            Workers = (int)Number(options, "--workers", (ulong)Environment.ProcessorCount),
            Nodes = (int)Number(options, "--nodes", 0),
            Profile = ProfileOf(options),
            StopsAtFirst = options.ContainsKey("--first"),
            Tell = output.WriteLine,
        };
        output.WriteLine(swarm.Run());
        SeedResult? least = swarm.Failures.OrderBy(static failure => failure.Seed).FirstOrDefault();
        if (least is not null)
        {
            output.WriteLine(least.Report);
        }

        return swarm.Failures.Count == 0 ? 0 : 1;
    }

    private static int Replay(Dictionary<string, string> options, TextWriter output)
    {
        string? told = Environment.GetEnvironmentVariable("SIM_SEED");
        ulong seed = Number(options, "--seed", told is null ? 1 : ulong.Parse(told, CultureInfo.InvariantCulture));
        SwarmProfile profile = ProfileOf(options) ?? SwarmRun.ProfileOf(seed);
        var run = new SeedRun(seed, profile, (int)Number(options, "--nodes", 0));
        string about = options.GetValueOrDefault("--about", "");
        if (!options.ContainsKey("--quiet"))
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

    private static int Explain(TextWriter output)
    {
        output.WriteLine(Usage);
        return 2;
    }

    private static SwarmProfile? ProfileOf(Dictionary<string, string> options)
    {
        if (!options.TryGetValue("--profile", out string? name))
        {
            return null;
        }

        return Enum.TryParse(name, ignoreCase: true, out SwarmProfile profile)
            ? profile
            : throw new FormatException($"--profile {name}: no such profile");
    }

    private static ulong Number(Dictionary<string, string> options, string name, ulong otherwise)
    {
        if (!options.TryGetValue(name, out string? text))
        {
            return otherwise;
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? number
            : throw new FormatException($"{name} {text}: not a number");
    }
}
