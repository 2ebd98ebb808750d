using System.CommandLine;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Validators;
using SessionCluster.Benchmarks.Report;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Micro;

/// <summary>The command line of <c>micro</c>.</summary>
internal static class MicroCommand
{
    private static readonly Type[] All =
        [typeof(CommitBenchmarks), typeof(PrimaryBenchmarks), typeof(BackupBenchmarks), typeof(WireBenchmarks)];

    private static readonly Option<string> Output = OutputFolder.Create("what BenchmarkDotNet writes", "micro");

    private static readonly Option<bool> Quick = new("--quick")
    {
        Description = "Each once: shows that all is measured; the times say nothing, the allocations little.",
    };

    public static Command Create()
    {
        var command = new Command("micro", "Measures codec, machine and commit path alone, with what they allocate.")
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

        // In this process: nothing has to be built or restored beside what is here. What is said meanwhile is in the
        // log file that there always is; the logger only keeps it from the terminal, which has the progress bar.
        Job job = (arguments.GetValue(Quick) ? Job.Dry : Job.ShortRun)
            .WithToolchain(new EndableToolchain(cancellationToken));
        ManualConfig config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddLogger(new AccumulationLogger())
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddExporter(MarkdownExporter.GitHub, JsonExporter.Brief)
            .WithOptions(ConfigOptions.JoinSummary)
            .WithArtifactsPath(Path.GetFullPath(folder));
        Summary[] summaries = [];
        int count = All.Sum(static type => BenchmarkConverter.TypeToBenchmarks(type).BenchmarksCases.Length);
        await ProgressBar.RunUndisturbedAsync(
            AnsiConsole.Console,
            count,
            tell => summaries = BenchmarkRunner.Run(All, config.AddEventProcessor(new ToldBenchmarks(tell))));
        return Report(summaries, cancellationToken);
    }

    /// <returns>0 where all was measured, else 1.</returns>
    private static int Report(Summary[] summaries, CancellationToken cancellationToken)
    {
        bool isComplete = summaries.Length > 0;
        foreach (Summary summary in summaries)
        {
            MarkdownExporter.Console.ExportToLog(summary, ConsoleLogger.Default);
            ConsoleLogger.Default.WriteLine($"All that BenchmarkDotNet says of it: {summary.LogFilePath}");
            foreach (ValidationError error in summary.ValidationErrors.Where(static error => error.IsCritical))
            {
                ConsoleLogger.Default.WriteLineError(error.Message);
            }

            isComplete &= !summary.HasCriticalValidationErrors
                && summary.Reports.All(static report => report.Success);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            ConsoleLogger.Default.WriteLineError($"FAILED: {Interruption.Notice}");
        }

        return isComplete ? 0 : 1;
    }
}
