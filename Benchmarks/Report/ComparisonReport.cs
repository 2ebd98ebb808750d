using System.Globalization;
using System.Text.Json;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Compare;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Report;

/// <summary>The findings as a table for people, JSON for programs, and Markdown with a picture.</summary>
internal sealed class ComparisonReport(ComparisonOptions options, Findings findings)
{
    private const string MarkdownSigns = @"\`*_[]<>|&~#";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private string Conditions => string.Create(
        CultureInfo.InvariantCulture,
        $"{options.Nodes} nodes and a balancer, {options.Connections} clients, {options.Rounds} rounds of "
        + $"{options.Duration.TotalSeconds:0.#} s, {Environment.ProcessorCount} cores shared with the load, "
        + $"{ProgramFiles.Configuration} build. Median (minimum–maximum){Ratios}.");

    private string Ratios => findings.Modes.Contains(Findings.Baseline) ? $" ×ratio to {Findings.Baseline}" : "";

    public void Print(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumn("");
        foreach (string mode in findings.Modes)
        {
            table.AddColumn(new TableColumn(new Text(mode)).RightAligned());
        }

        string section = "";
        foreach (Measure measure in findings.Measures)
        {
            string[] cells = [.. findings.Modes.Select(mode => Cell(measure, mode))];
            string first = measure.Section == section ? "" : measure.Section;
            string[] row = [first, $"{measure.Name}, {measure.Unit}", .. cells];
            table.AddRow([.. row.Select(static cell => new Text(cell))]);
            section = measure.Section;
        }

        console.Write(table);
        console.WriteLine(Conditions);
        if (!ProgramFiles.IsRelease)
        {
            console.WriteLine("This is no Release build: the figures say nothing. Run with -c Release.");
        }

        findings.Failures.ForEach(failure => console.WriteLine($"FAILED: {failure}"));
    }

    /// <summary>Writes the three files.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "compare.json"), JsonSerializer.Serialize(ForPrograms(), Json));
        File.WriteAllText(Path.Combine(folder, "compare.svg"), BarChart.Draw(findings));
        File.WriteAllText(Path.Combine(folder, "compare.md"), Markdown());
    }

    private static string Cell(Measure measure, string mode)
    {
        if (measure.Of(mode) is not { } summary)
        {
            return "–";
        }

        string range = summary.Minimum == summary.Maximum
            ? Number(summary.Median)
            : $"{Number(summary.Median)} ({Number(summary.Minimum)}–{Number(summary.Maximum)})";
        return mode != Findings.Baseline && measure.Ratio(mode) is { } ratio
            ? string.Create(CultureInfo.InvariantCulture, $"{range} ×{ratio:0.00}")
            : range;
    }

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) >= 100 ? "#,##0" : "0.##", CultureInfo.InvariantCulture);

    /// <summary>So that it means itself in Markdown, within a table too; a name may have any character.</summary>
    private static string Escape(string text) =>
        string.Concat(text.Select(static each => MarkdownSigns.Contains(each) ? $@"\{each}" : $"{each}"));

    private object ForPrograms() => new
    {
        conditions = Conditions,
        options.Nodes,
        options.Connections,
        options.Rounds,
        seconds = options.Duration.TotalSeconds,
        build = ProgramFiles.Configuration,
        processors = Environment.ProcessorCount,
        failures = findings.Failures,
        measures = findings.Measures.Select(measure => new
        {
            measure.Section,
            measure.Name,
            measure.Unit,
            modes = findings.Modes.Where(measure.Samples.ContainsKey).ToDictionary(static mode => mode, mode => new
            {
                measure.Of(mode)!.Value.Median,
                measure.Of(mode)!.Value.Minimum,
                measure.Of(mode)!.Value.Maximum,
                ratio = measure.Ratio(mode),
                samples = measure.Samples[mode],
            }),
        }),
    };

    private string Markdown()
    {
        var lines = new List<string>
        {
            "# The modes side by side", "", Conditions, "", "![requests per second](compare.svg)", "",
            $"| | | {string.Join(" | ", findings.Modes.Select(Escape))} |",
            $"|---|---|{string.Concat(findings.Modes.Select(static _ => "--:|"))}",
        };
        lines.AddRange(findings.Measures.Select(measure =>
            $"| {measure.Section} | {measure.Name}, {measure.Unit} | "
            + $"{string.Join(" | ", findings.Modes.Select(mode => Cell(measure, mode)))} |"));
        if (findings.Failures.Count > 0)
        {
            lines.AddRange(["", "Failed:", .. findings.Failures.Select(static failure => $"- {Escape(failure)}")]);
        }

        return string.Join('\n', lines) + "\n";
    }
}
