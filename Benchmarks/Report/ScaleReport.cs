using System.Globalization;
using System.Text.Json;
using SessionCluster.Benchmarks.Scale;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Report;

/// <summary>What grows with the cluster, as a table for people, JSON for programs, and Markdown.</summary>
internal sealed class ScaleReport(ScaleOptions options, ScaleRun run)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private string Conditions => string.Create(
        CultureInfo.InvariantCulture,
        $"Simulated, in virtual time, 0.2 ms between any two members; one backup, {options.Sessions:N0} sessions of "
        + $"{options.SessionBytes:N0} B in the whole cluster, writes of {options.ChangedBytes} B. "
        + $"Bytes are those of messages, "
        + $"before frames. n is the number of nodes; heartbeats and comparisons of copies are counted in the idle rows "
        + $"alone.");

    public void Print(IAnsiConsole console)
    {
        if (run.Growths.Count == 0)
        {
            console.WriteLine("Nothing was measured.");
        }
        else
        {
            PrintTable(console);
        }

        foreach (string failure in run.Failures)
        {
            console.WriteLine($"FAILED: {failure}");
        }
    }

    /// <summary>Writes the two files.</summary>
    /// <returns>What is wrong with those that could not be written.</returns>
    public IReadOnlyList<string> Write(string folder) =>
        OutputFolder.Write(folder, ("scale.json", ForPrograms), ("scale.md", Markdown));

    private void PrintTable(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (string heading in Headings())
        {
            table.AddColumn(heading);
        }

        foreach (string[] row in Rows())
        {
            table.AddRow([.. row.Select(static cell => new Text(cell))]);
        }

        console.Write(table);
        console.WriteLine(Conditions);
    }

    private string ForPrograms() => JsonSerializer.Serialize(
        new
        {
            conditions = Conditions,
            options.Sizes,
            failures = run.Failures,
            measures = run.Growths.Select(static growth =>
                new { growth.Section, growth.Name, growth.Values, law = growth.Law?.Text, error = growth.Law?.Error }),
        },
        Json);

    private string Markdown()
    {
        string[] headings = Headings();
        IEnumerable<string> lines =
        [
            "# What grows with the cluster", "", Conditions, "",
            Line(headings), $"|{string.Concat(headings.Select(static _ => "---|"))}",
            .. Rows().Select(Line),
            .. run.Failures.Select(static failure => $"\nFailed: {failure}"),
        ];
        return string.Join('\n', lines) + "\n";
    }

    /// <summary>A figure of a table or a law, in as many digits as say something.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        >= 1e6 => (value / 1e6).ToString("0.00 M", CultureInfo.InvariantCulture),
        >= 1e4 => (value / 1e3).ToString("0 k", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    private static string Line(string[] cells) => $"| {string.Join(" | ", cells)} |";

    private string[] Headings() =>
        ["n", .. options.Sizes.Select(static size => size.ToString(CultureInfo.InvariantCulture)), "law"];

    private IEnumerable<string[]> Rows()
    {
        string section = "";
        foreach (Growth growth in run.Growths)
        {
            if (growth.Section != section)
            {
                yield return [growth.Section, .. options.Sizes.Select(static _ => ""), ""];
            }

            yield return
            [
                $"– {growth.Name}",
                .. options.Sizes.Select(
                    size => growth.Values.TryGetValue(size, out double value) ? Number(value) : "–"),
                growth.Law?.Text ?? "–",
            ];
            section = growth.Section;
        }
    }
}
