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

    /// <summary>
    /// As <see cref="Run"/>, but draws only as a step begins: while one runs in this process nothing else does, and all
    /// that is allocated is its own.
    /// </summary>
    public static void RunUndisturbed(int steps, Action<Action<string>> run) =>
        Bar(AnsiConsole.Console).AutoRefresh(false).Start(context =>
        {
            Action<string> tell = Begin(context, steps);
            run(doing =>
            {
                tell(doing);
                context.Refresh();
            });
        });

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
