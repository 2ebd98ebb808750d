using Spectre.Console;

namespace SessionCluster.Benchmarks.Report;

/// <summary>How far a run has come, for who waits for it.</summary>
internal static class ProgressBar
{
    /// <summary>Runs something that tells each of its steps as it begins it.</summary>
    public static Task RunAsync(IAnsiConsole console, int steps, Func<Action<string>, Task> run) =>
        Bar(console).StartAsync(context => run(Begin(context, steps)));

    /// <inheritdoc cref="RunAsync"/>
    public static void Run(int steps, Action<Action<string>> run) =>
        Bar(AnsiConsole.Console).Start(context => run(Begin(context, steps)));

    private static Action<string> Begin(ProgressContext context, int steps)
    {
        ProgressTask task = context.AddTask("starting", maxValue: steps);
        return doing =>
        {
            task.Description = Markup.Escape(doing);
            task.Increment(1);
        };
    }

    private static Progress Bar(IAnsiConsole console) => console.Progress().Columns(
        new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());
}
