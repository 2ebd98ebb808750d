using System.Globalization;
using System.Text.Json;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Compare;
using Spectre.Console;

namespace SessionCluster.Benchmarks.Report;

/// <summary>The findings as a table for people, JSON for programs, and Markdown with a picture.</summary>
internal sealed class ComparisonReport(ComparisonOptions options, Findings findings)
{
    private const string Picture = "compare.svg";
    private const string MarkdownSigns = @"\`*_[]<>|&~#";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    private string Conditions => string.Create(
        CultureInfo.InvariantCulture,
        $"{Quick}{options.Nodes} nodes and a balancer, {Quantity.Of(options.Connections, "client")}, "
        + $"{Quantity.OfRounds(findings, options.Rounds)}{Loads}{Sessions}{Store}; "
        + $"{Environment.ProcessorCount} × {Machine.Processor}, shared with the "
        + $"load; .NET {Environment.Version}, {ProgramFiles.Configuration} build; {_now:yyyy-MM-dd HH:mm} UTC. "
        + $"Median (minimum–maximum){Ratios}.");

    /// <summary>Only speed has loads that last, and clusters that are warmed up for them.</summary>
    private string Loads => options.Measures("speed")
        ? string.Create(
            CultureInfo.InvariantCulture,
            $" of {options.Duration.TotalSeconds:0.#} s after {options.WarmUp.TotalSeconds:0.#} s of warm-up for each "
            + $"load")
        : "";

    private string Sessions => options.Measures("sessions") ? $", {Quantity.Of(options.Sessions, "session")}" : "";

    private string Store => findings.Modes.Contains("shared") ? $", sessions of shared in {options.StoreName}" : "";

    private string Quick => options.IsQuick ? "--quick, so the figures say little: " : "";

    private string Ratios => findings.Modes.Contains(Findings.Baseline)
        ? $" ×ratio to {Findings.Baseline} in the same round"
        : "";

    /// <summary>Says it before anything is measured, too: nobody shall wait for figures that say nothing.</summary>
    public static void WarnOfBuild(IAnsiConsole console)
    {
        if (!ProgramFiles.IsRelease)
        {
            console.WriteLine("This is no Release build: the figures say nothing. Run with -c Release.");
        }
    }

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

        WarnOfBuild(console);
        findings.Failures.ForEach(failure => console.WriteLine($"FAILED: {failure}"));
    }

    /// <summary>Writes the three files; no picture where there is nothing to draw.</summary>
    /// <returns>What is wrong with those that could not be written.</returns>
    public IReadOnlyList<string> Write(string folder)
    {
        (string, Func<string>)[] picture =
            BarChart.IsEmpty(findings) ? [] : [(Picture, () => BarChart.Draw(findings, Conditions))];
        return OutputFolder.Write(
            folder,
            [
                ("compare.json", () => JsonSerializer.Serialize(ForPrograms(), Json)),
                .. picture,
                ("compare.md", Markdown),
            ]);
    }

    private void PrintTable(IAnsiConsole console)
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
            ? $"{range} ×{Ratio(ratio)}"
            : range;
    }

    private static string Ratio(Summary ratio) => ratio.Minimum == ratio.Maximum
        ? string.Create(CultureInfo.InvariantCulture, $"{ratio.Median:0.00}")
        : string.Create(
            CultureInfo.InvariantCulture, $"{ratio.Median:0.00} ({ratio.Minimum:0.00}–{ratio.Maximum:0.00})");

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
        processor = Machine.Processor,
        runtime = Environment.Version.ToString(),
        time = _now,
        options.IsQuick,
        options.Sessions,
        store = findings.Modes.Contains("shared") ? options.StoreName : null,
        warmUpSeconds = options.Measures("speed") ? options.WarmUp.TotalSeconds : (double?)null,
        failures = findings.Failures,
        output = findings.Output,
        exceptions = findings.Exceptions,
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
                samples = measure.Samples[mode].Values,
            }),
        }),
    };

    private string Markdown()
    {
        List<string> lines =
        [
            "# The modes side by side", "", Conditions, "",
            .. BarChart.IsEmpty(findings) ? Array.Empty<string>() : [$"![what is done in a second]({Picture})", ""],
            $"| | | {string.Join(" | ", findings.Modes.Select(Escape))} |",
            $"|---|---|{string.Concat(findings.Modes.Select(static _ => "--:|"))}",
        ];
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
