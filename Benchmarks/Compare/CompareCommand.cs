using System.CommandLine;
using Spectre.Console;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Report;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>The command line of <c>compare</c>.</summary>
internal static class CompareCommand
{
    private static readonly string[] AllModes = ["none", "delta", "backup", "shared"];

    private static readonly Option<string[]> Modes = new("--modes")
    {
        Description = "The modes to compare; ratios are to 'none'.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => AllModes,
    };

    private static readonly Option<string[]> Stages = new("--stages")
    {
        Description = "What is measured: speed, bytes on the wire, many sessions and a kill.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => Comparison.AllStages,
    };

    private static readonly Option<int> Rounds = Whole("--rounds", "How often everything is measured.", 5, 1, 100);
    private static readonly Option<int> Nodes = Whole("--nodes", "How many nodes a cluster has.", 4, 2, 16);
    private static readonly Option<int> Connections = Whole("--connections", "How many clients send at once.", 32, 1, 512);
    private static readonly Option<int> Seconds = Whole("--seconds", "How long each load lasts, once a round.", 3, 1, 600);

    private static readonly Option<int> Sessions = Whole(
        "--sessions", "How many sessions are created, weighed, and protected again.", 20_000, 100, 1_000_000);

    private static readonly Option<string> Output = new("--output")
    {
        Description = "The folder for compare.json, compare.md and compare.svg.",
        DefaultValueFactory = static _ => Path.Combine("artifacts", "compare"),
    };

    private static readonly Option<string[]> Beside = new("--beside")
    {
        Description = $"A running cluster of another make, sent the same writes: '{OtherCluster.Form}'.",
        DefaultValueFactory = static _ => [],
    };

    private static readonly Option<bool> Quick = new("--quick")
    {
        Description = "Seconds instead of minutes: shows that all is measured; the figures say little.",
    };

    public static Command Create()
    {
        Modes.AcceptOnlyFromAmong(AllModes);
        Stages.AcceptOnlyFromAmong(Comparison.AllStages);
        var command = new Command("compare", "Runs every mode on real processes and prints what each costs.")
        {
            Modes, Stages, Rounds, Nodes, Connections, Seconds, Sessions, Output, Beside, Quick,
        };
        Beside.Validators.Add(static result =>
        {
            foreach (string text in (result.GetValueOrDefault<string[]>() ?? []).Where(static text => !OtherCluster.TryParse(text, out _)))
            {
                result.AddError($"--beside '{text}' is not of the form {OtherCluster.Form}.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static IEnumerable<OtherCluster> Others(string[] texts)
    {
        foreach (string text in texts)
        {
            if (OtherCluster.TryParse(text, out OtherCluster? cluster))
            {
                yield return cluster;
            }
        }
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = new ComparisonOptions
        {
            Modes = [.. AllModes.Intersect(arguments.GetValue(Modes)!)],
            Stages = arguments.GetValue(Stages)!,
            Rounds = arguments.GetValue(Rounds),
            Nodes = arguments.GetValue(Nodes),
            Connections = arguments.GetValue(Connections),
            Duration = TimeSpan.FromSeconds(arguments.GetValue(Seconds)),
            WarmUp = TimeSpan.FromSeconds(8),
            Sessions = arguments.GetValue(Sessions),
            WireRequests = 20_000,
            Output = arguments.GetValue(Output)!,
            Beside = [.. Others(arguments.GetValue(Beside)!)],
        };
        options = arguments.GetValue(Quick) ? options.Quick() : options;
        var findings = new Findings([.. options.Modes, .. options.Beside.Select(static other => other.Name)]);
        var comparison = new Comparison(options, findings);
        await ProgressBar.RunAsync(comparison.Steps, tell => comparison.RunAsync(tell, cancellationToken));
        var report = new ComparisonReport(options, findings);
        report.Print(AnsiConsole.Console);
        report.Write(options.Output);
        return findings.Failures.Count == 0 ? 0 : 1;
    }

    private static Option<int> Whole(string name, string description, int fallback, int minimum, int maximum)
    {
        var option = new Option<int>(name)
        {
            Description = $"{description} From {minimum} to {maximum}.",
            DefaultValueFactory = _ => fallback,
        };
        option.Validators.Add(result =>
        {
            int value = result.GetValueOrDefault<int>();
            if (value < minimum || value > maximum)
            {
                result.AddError($"{name} {value}: allowed is {minimum} to {maximum}.");
            }
        });
        return option;
    }
}
