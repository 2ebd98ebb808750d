using System.CommandLine;
using System.CommandLine.Parsing;
using SessionCluster.Benchmarks.Compare;
using SessionCluster.Benchmarks.Report;
using SessionCluster.Simulation;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Profile;

/// <summary>The command line of <c>profile</c>.</summary>
internal static class ProfileCommand
{
    private static readonly Option<string[]> Modes = Several(
        "--modes", "The modes; their clusters are up at the same time.", Comparison.AllModes, "none", "backup");

    private static readonly Option<string[]> Loads = Several(
        "--loads",
        "What is asked for: 1 KiB written, the same with a body of 1 KiB, 100 B of 10 KiB changed, a value read, a "
            + "session created.",
        [.. ProfileOptions.AllLoads.Keys],
        "write");

    private static readonly Option<string[]> Ways = Several(
        "--ways",
        "Straight to the nodes, through the balancer, through one without failover, through YARP with nothing of ours.",
        ProfiledCluster.AllWays,
        ProfiledCluster.AllWays);

    private static readonly Option<int> Rounds = Whole("--rounds", "How often each load is held.", 3, 1, 100);
    private static readonly Option<int> Seconds = Whole("--seconds", "How long each is held a round.", 5, 1, 600);
    private static readonly Option<int> WarmUp = Whole("--warm-up", "How many seconds each is held before.", 8, 1, 600);
    private static readonly Option<int> Nodes = Whole("--nodes", "How many nodes a cluster has.", 4, 2, 16);

    private static readonly Option<int> Connections = Whole(
        "--connections", "How many clients send at once.", 32, 1, 512);

    private static readonly Option<string> During = new("--during")
    {
        Description = "A command of the shell, for example a profiler, that runs while each load is held, and finds the "
            + "process ids in $NODES, $PROXY and $ALL (with commas), and the load in $NAME.",
    };

    private static readonly Option<DirectoryInfo> Before = new Option<DirectoryInfo>("--before")
    {
        Description = "A work tree with an earlier build in this configuration, whose clusters take turns with those "
            + "of this one.",
    }.AcceptExistingOnly();

    private static readonly Option<bool> Quick = new("--quick")
    {
        Description = "Seconds instead of minutes: shows that all is measured; the figures say little.",
    };

    public static Command Create()
    {
        var command = new Command(
            "profile",
            "Holds a steady load on real processes, to look into them, and prints the processor time of each.")
        {
            Modes, Loads, Ways, Rounds, Seconds, WarmUp, Connections, Nodes, Before, During, Quick,
        };
        command.Validators.Add(RefuseBothWays);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = new ProfileOptions
        {
            Modes = [.. Comparison.AllModes.Intersect(arguments.GetValue(Modes)!)],
            Loads = [.. ProfileOptions.AllLoads.Keys.Intersect(arguments.GetValue(Loads)!)],
            Ways = [.. ProfiledCluster.AllWays.Intersect(arguments.GetValue(Ways)!)],
            Rounds = arguments.GetValue(Rounds),
            Duration = TimeSpan.FromSeconds(arguments.GetValue(Seconds)),
            WarmUp = TimeSpan.FromSeconds(arguments.GetValue(WarmUp)),
            Connections = arguments.GetValue(Connections),
            Nodes = arguments.GetValue(Nodes),
            Before = arguments.GetValue(Before)?.FullName,
            During = arguments.GetValue(During),
        };
        options = arguments.GetValue(Quick) ? options.Quick() : options;
        ComparisonReport.WarnOfBuild(AnsiConsole.Console);

        // No progress bar: these lines are for who attaches a tool by hand.
        var run = new ProfileRun(options, Console.WriteLine);
        try
        {
            await run.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            run.Findings.Failures.Add(Interruption.Notice);
        }

        new ProfileReport(options, run.Findings).Print(AnsiConsole.Console);
        return run.Findings.Failures.Count == 0 ? 0 : 1;
    }

    /// <summary>What is said twice is not guessed.</summary>
    private static void RefuseBothWays(CommandResult command)
    {
        Option<int>[] amounts = [Rounds, Seconds, WarmUp, Connections, Nodes];
        if (command.GetResult(Quick) is { Implicit: false }
            && amounts.FirstOrDefault(amount => command.GetResult(amount) is { Implicit: false }) is { } said)
        {
            command.AddError($"--quick says itself how much is measured; leave it out, or {said.Name}.");
        }
    }

    private static Option<string[]> Several(
        string name, string description, string[] all, params string[] fallback)
    {
        var option = new Option<string[]>(name)
        {
            Description = description,
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => fallback,
        };
        option.AcceptOnlyFromAmong(all);
        return option;
    }

    private static Option<int> Whole(string name, string description, int fallback, int minimum, int maximum) =>
        new Option<int>(name) { Description = description, DefaultValueFactory = _ => fallback }
            .Between(minimum, maximum);
}
