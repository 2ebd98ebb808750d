using System.CommandLine;
using SessionCluster.Benchmarks.Report;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Scale;

/// <summary>The command line of <c>scale</c>.</summary>
internal static class ScaleCommand
{
    private static readonly Option<string> Output = OutputFolder.Create("scale.json and scale.md", "scale");

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
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (!OutputFolder.TryMake(arguments, Output, out string folder))
        {
            return 1;
        }

        var options = new ScaleOptions();
        options = arguments.GetValue(Quick) ? options.Quick() : options;
        var run = new ScaleRun(options);
        await ProgressBar.RunAsync(AnsiConsole.Console, run.Steps, tell => run.Run(tell, cancellationToken));
        var report = new ScaleReport(options, run);
        report.Print(AnsiConsole.Console);
        IReadOnlyList<string> unwritten = run.Growths.Count == 0 ? [] : report.Write(folder);
        foreach (string failure in unwritten)
        {
            AnsiConsole.WriteLine($"FAILED: {failure}");
        }

        return run.Failures.Count + unwritten.Count == 0 ? 0 : 1;
    }
}
