using System.Globalization;
using SessionCluster.Benchmarks.Compare;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Steps;

/// <summary>
/// One phase after the other, each with a table of its longest steps. One that fails is reported, and the machines go
/// on: their steps are as long as they are. What was measured before the run is asked to end is kept.
/// </summary>
internal sealed class StepsRun(StepsOptions options)
{
    /// <summary>How often <see cref="Run"/> tells what it does.</summary>
    public const int Phases = 5;

    private const int RowsMaximum = 12;

    private readonly List<(string Title, Table Rows)> _tables = [];
    private readonly List<string> _failures = [];

    /// <summary>What was done, with the longest steps meanwhile.</summary>
    public IReadOnlyList<(string Title, Table Rows)> Tables => _tables;

    /// <summary>What did not come to its end, a line each.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Does all of it.</summary>
    /// <param name="tell">Is told each phase as it begins.</param>
    /// <param name="cancellationToken">Ends it, within a phase too.</param>
    public void Run(Action<string> tell, CancellationToken cancellationToken)
    {
        MachinesOfManySessions? machines = null;
        const string Start = "four machines start";
        tell(Start);
        if (!Try(Start, () => machines = new MachinesOfManySessions(options, cancellationToken)))
        {
            return;
        }

        string rest = string.Create(CultureInfo.InvariantCulture, $"{options.Rest.TotalMinutes:0.##} minutes");
        (string Doing, string Title, Action<MachinesOfManySessions> Work)[] phases =
        [
            ("sessions are created", $"While {options.Sessions} sessions are created", static all => all.CreateSessions()),
            ("they rest", $"In {rest} of rest", all => all.Run(options.Rest)),
            ("one node dies", "From the death of one node until all is protected again", static all => all.KillOne()),
            ("the others rest", $"In {rest} after that", all => all.Run(options.Rest)),
        ];
        foreach ((string doing, string title, Action<MachinesOfManySessions> work) in phases)
        {
            tell(doing);
            bool isWhole = Try(doing, () => work(machines!));
            _tables.Add((isWhole ? title : $"{title} (FAILED)", Take(machines!)));
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Prints what there is.</summary>
    public void Print(IAnsiConsole console)
    {
        foreach ((string title, Table rows) in _tables)
        {
            console.Write(rows.Title(title));
        }

        foreach (string failure in _failures)
        {
            console.WriteLine($"FAILED: {failure}");
        }
    }

    private bool Try(string doing, Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (OperationCanceledException)
        {
            _failures.Add($"{doing}: {Interruption.Notice}");
            return false;
        }
        catch (Exception failure)
        {
            _failures.Add(Findings.LineOf(doing, failure));
            return false;
        }
    }

    /// <summary>What was measured since the last time.</summary>
    private static Table Take(MachinesOfManySessions machines)
    {
        Table table = new Table().AddColumns("kind of step", "longest ms", "mean ms", "steps");
        foreach ((string kind, StepTimes times) in machines.Times
            .OrderByDescending(static times => times.Value.Longest).Take(RowsMaximum))
        {
            table.AddRow(
                kind, Milliseconds(times.Longest), Milliseconds(times.Sum / times.Count),
                times.Count.ToString(CultureInfo.InvariantCulture));
        }

        machines.Forget();
        return table;
    }

    private static string Milliseconds(TimeSpan time) =>
        time.TotalMilliseconds.ToString("0.000", CultureInfo.InvariantCulture);
}
