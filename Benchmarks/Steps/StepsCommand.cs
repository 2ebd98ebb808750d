using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Steps;

/// <summary>The command line of <c>steps</c>.</summary>
internal static class StepsCommand
{
    private const int RowsMaximum = 12;
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(2);

    private static readonly Option<int> Sessions = new("--sessions")
    {
        Description = "How many sessions of 1 KiB four machines have in all.",
        DefaultValueFactory = static _ => 200_000,
    };

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
        var machines = new MachinesOfManySessions(sessions);
        machines.CreateSessions();
        Print($"While {sessions} sessions are created", machines);
        machines.Run(Rest);
        Print($"In {Rest.TotalMinutes} minutes of rest", machines);
        machines.KillOne();
        Print("From the death of one node until all is protected again", machines);
        machines.Run(Rest);
        Print($"In {Rest.TotalMinutes} minutes after that", machines);
        return 0;
    }

    private static void Print(string title, MachinesOfManySessions machines)
    {
        Table table = new Table().Title(title).AddColumns("kind of step", "longest ms", "mean ms", "steps");
        foreach ((string kind, StepTimes times) in machines.Times
            .OrderByDescending(static times => times.Value.Longest).Take(RowsMaximum))
        {
            table.AddRow(
                kind, Milliseconds(times.Longest), Milliseconds(times.Sum / times.Count),
                times.Count.ToString(CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
        machines.Forget();
    }

    private static string Milliseconds(TimeSpan time) =>
        time.TotalMilliseconds.ToString("0.000", CultureInfo.InvariantCulture);
}
