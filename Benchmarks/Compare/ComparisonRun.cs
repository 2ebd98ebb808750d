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
        ComparisonReport.WarnOfBuild(console);
        try
        {
            Directory.CreateDirectory(options.Output);
            await ProgressBar.RunAsync(console, steps, tell => measure(doing =>
            {
                _doing = doing;
                tell(doing);
            }));
        }
        catch (OperationCanceledException)
        {
            findings.Failures.Add($"{_doing}: {Interruption.Notice}");
        }
        catch (Exception failure)
        {
            // Whatever it was: what was measured before it took minutes, and is as true as without it.
            findings.AddFailure(_doing, failure);
        }

        Report();
        return findings.Failures.Count == 0 ? 0 : 1;
    }

    /// <summary>Prints it first: files can fail to be written.</summary>
    private void Report()
    {
        findings.Output.ForEach(console.WriteLine);
        var report = new ComparisonReport(options, findings);
        report.Print(console);
        if (findings.Measures.Count == 0)
        {
            return;
        }

        IReadOnlyList<string> failures = report.Write(options.Output);
        console.WriteLine($"Written to {Path.GetFullPath(options.Output)}");
        foreach (string failure in failures)
        {
            findings.Failures.Add(failure);
            console.WriteLine($"FAILED: {failure}");
        }
    }
}
