using System.Globalization;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Compare;
using SessionCluster.Benchmarks.Profile;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Report;

/// <summary>What each load cost in each process, as a table for people.</summary>
internal sealed class ProfileReport(ProfileOptions options, Findings findings)
{
    private string Conditions => string.Create(
        CultureInfo.InvariantCulture,
        $"{options.Nodes} nodes and a balancer, {Quantity.Of(options.Connections, "client")}, "
        + $"{Quantity.OfRounds(findings, options.Rounds)} of "
        + $"{options.Duration.TotalSeconds:0.#} s after {options.WarmUp.TotalSeconds:0.#} s of warm-up for each load; "
        + $"{Environment.ProcessorCount} × {Machine.Processor}, shared with the generator; .NET {Environment.Version}, "
        + $"{ProgramFiles.Configuration} build; {DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm} UTC. Median "
        + $"(minimum–maximum); µs are of processor time a request, that of all nodes together.");

    public void Print(IAnsiConsole console)
    {
        if (findings.Measures.Count == 0)
        {
            console.WriteLine("Nothing was measured.");
        }
        else
        {
            PrintTable(console);
        }

        findings.Output.ForEach(console.WriteLine);
        findings.Failures.ForEach(failure => console.WriteLine($"FAILED: {failure}"));
    }

    private void PrintTable(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumn("");
        foreach (string column in findings.Modes)
        {
            table.AddColumn(new TableColumn(new Text(column)).RightAligned());
        }

        string section = "";
        foreach (Measure measure in findings.Measures.GroupBy(static each => each.Section).SelectMany(static all => all))
        {
            string[] row =
            [
                measure.Section == section ? "" : measure.Section,
                measure.Name,
                .. findings.Modes.Select(column => Cell(measure.Of(column))),
            ];
            table.AddRow([.. row.Select(static cell => new Text(cell))]);
            section = measure.Section;
        }

        console.Write(table);
        console.WriteLine(Conditions);
    }

    private static string Cell(Summary? summary) => summary switch
    {
        null => "–",
        { Minimum: var least, Maximum: var most } all when least == most => Number(all.Median),
        { } all => $"{Number(all.Median)} ({Number(all.Minimum)}–{Number(all.Maximum)})",
    };

    private static string Number(double value) =>
        value.ToString(value >= 100 ? "#,##0" : "0.0", CultureInfo.InvariantCulture);
}
