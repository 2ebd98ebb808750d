using System.CommandLine;
using SessionCluster.Benchmarks.Report;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Scale;

/// <summary>The command line of <c>scale</c>.</summary>
internal static class ScaleCommand
{
    private static readonly Option<string> Output = new("--output")
    {
        Description = "The folder for scale.json and scale.md.",
        DefaultValueFactory = static _ => Path.Combine("artifacts", "scale"),
    };

    private static readonly Option<bool> Quick = new("--quick")
    {
        Description = "Small clusters and few sessions: shows that all is measured; the laws say little.",
    };

    public static Command Create()
    {
        var command = new Command(
            "scale", "Grows a simulated cluster from 2 to 64 nodes and prints what grows with it.")
        {
            Output, Quick,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        var options = new ScaleOptions();
        options = arguments.GetValue(Quick) ? options.Quick() : options;
        var run = new ScaleRun(options);
        ProgressBar.Run(run.Steps, run.Run);
        var report = new ScaleReport(options, run);
        report.Print(AnsiConsole.Console);
        report.Write(arguments.GetValue(Output)!);
        return run.Failures.Count == 0 ? 0 : 1;
    }
}
