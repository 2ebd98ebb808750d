using Spectre.Console;

namespace SessionCluster.Benchmarks.Report;

/// <summary>How far a run has come, for who waits for it.</summary>
internal static class ProgressBar
{
    /// <summary>Runs something that tells each of its steps as it begins it.</summary>
    public static Task RunAsync(int steps, Func<Action<string>, Task> run) => Bar().StartAsync(context =>
    {
        ProgressTask task = context.AddTask("starting", maxValue: steps);
        return run(doing =>
        {
            task.Description = Markup.Escape(doing);
            task.Increment(1);
        });
    });

    /// <inheritdoc cref="RunAsync"/>
    public static void Run(int steps, Action<Action<string>> run) => Bar().Start(context =>
    {
        ProgressTask task = context.AddTask("starting", maxValue: steps);
        run(doing =>
        {
            task.Description = Markup.Escape(doing);
            task.Increment(1);
        });
    });

    private static Progress Bar() => AnsiConsole.Progress().Columns(
        new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());
}
