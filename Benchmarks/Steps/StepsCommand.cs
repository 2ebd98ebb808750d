using System.CommandLine;
using System.Globalization;
using SessionCluster.Benchmarks.Report;
using SessionCluster.Simulation;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Steps;

/// <summary>The command line of <c>steps</c>.</summary>
internal static class StepsCommand
{
    private const int RowsMaximum = 12;

    /// <summary>How often <see cref="Measure"/> tells what it does.</summary>
    private const int Phases = 5;

    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(2);

    private static readonly Option<int> Sessions = new Option<int>("--sessions")
    {
        Description = "How many sessions of 1 KiB four machines have in all.",
        DefaultValueFactory = static _ => 200_000,
    }.Between(100, 1_000_000);

    public static Command Create()
    {
        var command = new Command(
            "steps", "Measures the longest steps of a machine with very many sessions: nothing is answered meanwhile.")
        {
            Sessions,
        };
        command.SetAction(static arguments => Run(arguments.GetValue(Sessions)));
        return command;
    }

    private static int Run(int sessions)
    {
        var tables = new List<Table>();
        ProgressBar.Run(Phases, tell => Measure(sessions, tell, tables));
        tables.ForEach(AnsiConsole.Write);
        return 0;
    }

    private static void Measure(int sessions, Action<string> tell, List<Table> tables)
    {
        tell("four machines start");
        var machines = new MachinesOfManySessions(sessions);
        tell("sessions are created");
        machines.CreateSessions();
        tables.Add(Take($"While {sessions} sessions are created", machines));
        tell("they rest");
        machines.Run(Rest);
        tables.Add(Take($"In {Rest.TotalMinutes} minutes of rest", machines));
        tell("one node dies");
        machines.KillOne();
        tables.Add(Take("From the death of one node until all is protected again", machines));
        tell("the others rest");
        machines.Run(Rest);
        tables.Add(Take($"In {Rest.TotalMinutes} minutes after that", machines));
    }

    /// <summary>What was measured since the last table.</summary>
    private static Table Take(string title, MachinesOfManySessions machines)
    {
        Table table = new Table().Title(title).AddColumns("kind of step", "longest ms", "mean ms", "steps");
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
