using System.CommandLine;
using System.CommandLine.Parsing;
using SessionCluster.Benchmarks.Report;
using SessionCluster.Simulation;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Steps;

/// <summary>The command line of <c>steps</c>.</summary>
internal static class StepsCommand
{
    private static readonly Option<int> Sessions = new Option<int>("--sessions")
    {
        Description = "How many sessions of 1 KiB four machines have in all.",
        DefaultValueFactory = static _ => new StepsOptions().Sessions,
    }.Between(100, 1_000_000);

    private static readonly Option<bool> Quick = new("--quick")
    {
        Description = "Few sessions and a short rest: shows that all is measured; the figures say little.",
    };

    public static Command Create()
    {
        var command = new Command(
            "steps", "Measures the longest steps of a machine with very many sessions: nothing is answered meanwhile.")
        {
            Sessions, Quick,
        };
        command.Validators.Add(static result =>
        {
            if (result.GetResult(Quick) is { Implicit: false } && result.GetResult(Sessions) is { Implicit: false })
            {
                result.AddError($"--quick says itself how much is measured; leave it out, or {Sessions.Name}.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = new StepsOptions { Sessions = arguments.GetValue(Sessions) };
        var run = new StepsRun(arguments.GetValue(Quick) ? options.Quick() : options);
        await ProgressBar.RunAsync(AnsiConsole.Console, StepsRun.Phases, tell => run.Run(tell, cancellationToken));
        run.Print(AnsiConsole.Console);
        return run.Failures.Count == 0 ? 0 : 1;
    }
}
