using SessionCluster.Benchmarks.Report;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>Measures, and reports what there is, however far that came.</summary>
internal sealed class ComparisonRun(ComparisonOptions options, Findings findings, IAnsiConsole console)
{
    private string _doing = "start";

    /// <summary>Does it.</summary>
    /// <param name="steps">How often the measuring tells what it does.</param>
    /// <param name="measure">The measuring.</param>
    /// <returns>0 where it came to its end and every answer was a success, else 1.</returns>
    public async Task<int> RunAsync(int steps, Func<Action<string>, Task> measure)
    {
        try
        {
            Directory.CreateDirectory(options.Output);
            await ProgressBar.RunAsync(console, steps, tell => measure(doing =>
            {
                _doing = doing;
                tell(doing);
            }));
        }
        catch (Exception failure)
        {
            // Whatever it was: what was measured before it took minutes, and is as true as without it.
            findings.Failures.Add($"{_doing}: {Describe(failure)}; nothing was measured from there on");
        }

        var report = new ComparisonReport(options, findings);
        if (findings.Measures.Count > 0)
        {
            report.Write(options.Output);
        }

        report.Print(console);
        return findings.Failures.Count == 0 ? 0 : 1;
    }

    /// <summary>One line; what a process printed before it ended goes before the report.</summary>
    private string Describe(Exception failure)
    {
        string[] lines = failure.Message.Split('\n', 2);
        if (lines is [_, var more])
        {
            console.WriteLine(more);
        }

        return failure is OperationCanceledException ? "ended on request" : lines[0].TrimEnd('.', '\r');
    }
}
