using Spectre.Console;

namespace SessionCluster.Benchmarks.Report;

/// <summary>
/// How far a run has come, for who waits for it: a bar on a terminal, and a line for each step elsewhere, so that a log
/// says what was under way when it ended.
/// </summary>
internal static class ProgressBar
{
    /// <summary>Runs something that tells each of its steps as it begins it.</summary>
    public static Task RunAsync(IAnsiConsole console, int steps, Func<Action<string>, Task> run) =>
        !IsDrawn(console) ? run(Lines(console, steps)) : Bar(console).StartAsync(async context =>
        {
            ProgressTask task = Begin(context, steps);
            await run(Tell(task));
            End(task);
        });

    /// <summary>As the other, of something that keeps its thread: whoever ends the run is heard meanwhile.</summary>
    public static Task RunAsync(IAnsiConsole console, int steps, Action<Action<string>> run) =>
        RunAsync(console, steps, tell => Task.Run(() => run(tell)));

    /// <summary>
    /// As the other, but draws only as a step begins: while one runs in this process nothing else does, and all that is
    /// allocated is its own.
    /// </summary>
    public static Task RunUndisturbedAsync(IAnsiConsole console, int steps, Action<Action<string>> run) =>
        !IsDrawn(console) ? RunAsync(console, steps, run) : Bar(console).AutoRefresh(false).StartAsync(async context =>
        {
            ProgressTask task = Begin(context, steps);
            Action<string> tell = Tell(task);
            await Task.Run(() => run(doing =>
            {
                tell(doing);
                context.Refresh();
            }));
            End(task);
            context.Refresh();
        });

    /// <summary>Elsewhere the library would write now and then, and leave most steps out.</summary>
    private static bool IsDrawn(IAnsiConsole console) =>
        console.Profile.Capabilities is { Interactive: true, Ansi: true };

    /// <summary>Written as they are: the width that is assumed where there is no terminal does not wrap them.</summary>
    private static Action<string> Lines(IAnsiConsole console, int steps)
    {
        int begun = 0;
        return doing => console.Profile.Out.Writer.WriteLine($"{doing}: {100 * begun++ / steps}%");
    }

    private static ProgressTask Begin(ProgressContext context, int steps) =>
        context.AddTask("starting", maxValue: steps);

    /// <summary>A step is done when the next one begins.</summary>
    private static Action<string> Tell(ProgressTask task)
    {
        bool hasBegun = false;
        return doing =>
        {
            task.Increment(hasBegun ? 1 : 0);
            hasBegun = true;
            task.Description = Markup.Escape(doing);
        };
    }

    /// <summary>Steps that were left out, because one before them failed, are over, too.</summary>
    private static void End(ProgressTask task) => task.Value = task.MaxValue;

    private static Progress Bar(IAnsiConsole console) => console.Progress().Columns(
        new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());
}
