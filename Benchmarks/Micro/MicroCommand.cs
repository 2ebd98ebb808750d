using System.CommandLine;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace SessionCluster.Benchmarks.Micro;

/// <summary>The command line of <c>micro</c>.</summary>
internal static class MicroCommand
{
    private static readonly Type[] All =
        [typeof(CommitBenchmarks), typeof(PrimaryBenchmarks), typeof(BackupBenchmarks), typeof(WireBenchmarks)];

    private static readonly Option<string> Output = new("--output")
    {
        Description = "The folder for what BenchmarkDotNet writes.",
        DefaultValueFactory = static _ => Path.Combine("artifacts", "micro"),
    };

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
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        // In this process: nothing has to be built or restored beside what is here.
        Job job = (arguments.GetValue(Quick) ? Job.Dry : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance);
        ManualConfig config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddLogger(ConsoleLogger.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddExporter(MarkdownExporter.GitHub, JsonExporter.Brief)
            .WithOptions(ConfigOptions.JoinSummary)
            .WithArtifactsPath(Path.GetFullPath(arguments.GetValue(Output)!));
        Summary[] summaries = [.. BenchmarkRunner.Run(All, config)];
        bool isComplete = summaries.Length > 0 && summaries.All(static summary =>
            !summary.HasCriticalValidationErrors && summary.Reports.All(static report => report.Success));
        return isComplete ? 0 : 1;
    }
}
