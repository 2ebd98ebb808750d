using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Report;
using SessionCluster.Simulation;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>The command line of <c>compare</c>.</summary>
internal static class CompareCommand
{
    private static readonly Option<string[]> Modes = new("--modes")
    {
        Description = "The modes to compare; ratios are to 'none'.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => Comparison.AllModes,
    };

    private static readonly Option<string[]> Stages = new("--stages")
    {
        Description = "What is measured: speed, bytes on the wire, many sessions and a kill.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => Comparison.AllStages,
    };

    private static readonly Option<int> Rounds = Whole("--rounds", "How often everything is measured.", 5, 1, 100);
    private static readonly Option<int> Nodes = Whole("--nodes", "How many nodes a cluster has.", 4, 2, 16);
    private static readonly Option<int> Seconds = Whole("--seconds", "How long each load lasts a round.", 3, 1, 600);

    private static readonly Option<int> Connections = Whole(
        "--connections", "How many clients send at once.", 32, 1, 512);

    private static readonly Option<int> Sessions = Whole(
        "--sessions", "How many sessions are created, weighed, and protected again.", 20_000, 100, 1_000_000);

    /// <summary>
    /// Garnet keeps what fits into its 512 MB and forgets the oldest for the rest, and one of 1 KiB
    /// takes some 1.5 KB. A tenth more is created to warm up.
    /// </summary>
    private const int SharedSessionsMaximum = 200_000;

    private static readonly Option<string> Output =
        OutputFolder.Create("compare.json, compare.md and compare.svg", "compare");

    private static readonly Option<string> Store = new("--store")
    {
        Description = "What keeps the sessions of 'shared': Garnet, or redis-server where it is on the PATH.",
        DefaultValueFactory = static _ => ClusterSetup.Garnet,
    };

    private static readonly Option<string[]> Beside = BesideOption.Create();

    private static readonly Option<bool> Quick = new("--quick")
    {
        Description = "Seconds instead of minutes: shows that all is measured; the figures say little.",
    };

    public static Command Create()
    {
        Modes.AcceptOnlyFromAmong(Comparison.AllModes);
        Stages.AcceptOnlyFromAmong(Comparison.AllStages);
        Store.AcceptOnlyFromAmong(ClusterSetup.Garnet, RedisProcess.Kind);
        var command = new Command(
            "compare",
            "Runs every mode on real processes and prints what each costs. On two cores --rounds 2 --seconds 2 takes "
            + "ten minutes.")
        {
            Modes, Stages, Rounds, Nodes, Connections, Seconds, Sessions, Store, Output, Beside, Quick,
        };
        command.Validators.Add(RefuseBothWays);
        command.Validators.Add(RefuseMoreThanTheStoreKeeps);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (!OutputFolder.TryMake(arguments, Output, out string folder))
        {
            return 1;
        }

        string store = arguments.GetValue(Store)!;
        string? version = store == RedisProcess.Kind ? RedisProcess.FindVersion() : "";
        if (version is null)
        {
            await arguments.InvocationConfiguration.Error.WriteLineAsync(
                $"{Store.Name} {store}: redis-server is not on the PATH.");
            return 1;
        }

        ComparisonOptions options = Read(arguments) with
        {
            Output = folder, Store = store, StoreName = store == RedisProcess.Kind ? $"Redis {version}" : "Garnet",
        };
        string? unreachable = options.Beside.Select(static other => other.FindUnreachable())
            .FirstOrDefault(static found => found is not null);
        if (unreachable is not null)
        {
            await arguments.InvocationConfiguration.Error.WriteLineAsync($"--beside {unreachable}");
            return 1;
        }

        var comparison = new Comparison(options);
        var run = new ComparisonRun(options, comparison.Findings, AnsiConsole.Console);
        return await run.RunAsync(comparison.Steps, tell => comparison.RunAsync(tell, cancellationToken));
    }

    private static ComparisonOptions Read(ParseResult arguments)
    {
        var options = new ComparisonOptions
        {
            Modes = [.. Comparison.AllModes.Intersect(arguments.GetValue(Modes)!)],
            Stages = arguments.GetValue(Stages)!,
            Rounds = arguments.GetValue(Rounds),
            Nodes = arguments.GetValue(Nodes),
            Connections = arguments.GetValue(Connections),
            Duration = TimeSpan.FromSeconds(arguments.GetValue(Seconds)),
            WarmUp = TimeSpan.FromSeconds(8),
            Sessions = arguments.GetValue(Sessions),
            WireRequests = 20_000,
            Output = arguments.GetValue(Output)!,
            Beside = [.. BesideOption.Read(arguments.GetValue(Beside)!)],
        };
        return arguments.GetValue(Quick) ? options.Quick() : options;
    }

    /// <summary>What is said twice is not guessed.</summary>
    private static void RefuseBothWays(CommandResult command)
    {
        Option<int>[] amounts = [Rounds, Nodes, Connections, Seconds, Sessions];
        if (command.GetResult(Quick) is { Implicit: false }
            && amounts.FirstOrDefault(amount => command.GetResult(amount) is { Implicit: false }) is { } said)
        {
            command.AddError($"--quick says itself how much is measured; leave it out, or {said.Name}.");
        }
    }

    private static void RefuseMoreThanTheStoreKeeps(CommandResult command)
    {
        // By its token: to ask for the value of what is no number would throw; that has its own error.
        if (command.GetResult(Sessions)?.Tokens is [var said]
            && int.TryParse(said.Value, CultureInfo.InvariantCulture, out int sessions)
            && sessions > SharedSessionsMaximum
            && command.GetResult(Store)?.Tokens.Any(static token => token.Value == RedisProcess.Kind) is not true
            && Includes(command, Modes, "shared") && Includes(command, Stages, "sessions"))
        {
            command.AddError(
                $"--sessions must be at most {SharedSessionsMaximum} where 'shared' is among the --modes: "
                + $"Garnet has 512 MB here ({Store.Name} {RedisProcess.Kind} has no bound).");
        }
    }

    /// <summary>What is not said is all of them; no default has been filled in yet.</summary>
    private static bool Includes(CommandResult command, Option<string[]> option, string value) =>
        command.GetResult(option) is not { Implicit: false } said
        || said.Tokens.Any(token => token.Value == value);

    private static Option<int> Whole(string name, string description, int fallback, int minimum, int maximum) =>
        new Option<int>(name) { Description = description, DefaultValueFactory = _ => fallback }
            .Between(minimum, maximum);
}
