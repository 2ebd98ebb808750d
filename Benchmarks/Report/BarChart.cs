using System.Globalization;
using System.Security;
using System.Text;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Compare;

namespace SessionCluster.Benchmarks.Report;

/// <summary>
/// What is done in a second as bars, one group a load, one bar a mode: the median, a line from minimum to maximum, and
/// the ratio to <see cref="Findings.Baseline"/>. Above them stands what was measured, for who sees the picture alone.
/// </summary>
internal static class BarChart
{
    private const string Title = "What is done in a second";
    private const int Width = 960;
    private const int Margin = 8;
    private const int LabelWidth = 330;
    private const int BarWidthMaximum = 380;
    private const int BarHeight = 18;
    private const int GroupGap = 14;
    private const int LineHeight = 16;

    /// <summary>As many letters as fit into <see cref="Width"/>, of a width that few fonts have on average.</summary>
    private const int LineLength = 140;

    /// <summary>By name, so that who looks at two pictures sees the same mode in the same colour.</summary>
    private static readonly Dictionary<string, string> Colours = new(StringComparer.OrdinalIgnoreCase)
    {
        ["none"] = "#8a8f98",
        ["delta"] = "#d98b2b",
        ["backup"] = "#0a7d4f",
        ["shared"] = "#3b6fb6",
        [BareProxy.Name] = "#a23b72",
        ["tomcat"] = "#5b4bb3",
    };

    /// <summary>Of clusters whose names nobody knows before, one after the other.</summary>
    private static readonly string[] ColoursOfOthers = ["#1f9aa8", "#b5532a", "#7a8b1e", "#c2407a"];

    /// <summary>Whether there is nothing that it would draw.</summary>
    public static bool IsEmpty(Findings findings) => !MeasuresOf(findings).Any();

    /// <summary>Draws it as SVG.</summary>
    /// <param name="findings">What was measured.</param>
    /// <param name="conditions">On what, and how.</param>
    public static string Draw(Findings findings, string conditions)
    {
        var body = new StringBuilder();
        int top = DrawHeading(body, conditions);
        foreach (Measure measure in MeasuresOf(findings))
        {
            top = DrawGroup(body, measure, findings.Modes, top);
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{top}" role="img"
                 aria-labelledby="title conditions" font-family="system-ui, sans-serif" font-size="12">
            <title id="title">{Title}</title>
            <desc id="conditions">{Escape(conditions)}</desc>
            <rect width="100%" height="100%" fill="#ffffff"/>
            {body}</svg>

            """);
    }

    private static IEnumerable<Measure> MeasuresOf(Findings findings) =>
        findings.Measures.Where(static measure => measure.Unit == "1/s");

    /// <returns>Where the bars may begin.</returns>
    private static int DrawHeading(StringBuilder body, string conditions)
    {
        const int TitleHeight = 24;
        Line(body, $"""<text x="{Margin}" y="{TitleHeight}" font-size="15" font-weight="bold">{Title}</text>""");
        int top = TitleHeight;
        foreach (string line in Wrap(conditions))
        {
            top += LineHeight;
            Line(body, $"""<text x="{Margin}" y="{top}" fill="#555">{Escape(line)}</text>""");
        }

        return top + GroupGap;
    }

    private static IEnumerable<string> Wrap(string text)
    {
        var line = new StringBuilder();
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > LineLength)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length == 0 ? "" : " ").Append(word);
        }

        yield return line.ToString();
    }

    private static int DrawGroup(StringBuilder body, Measure measure, IReadOnlyList<string> modes, int top)
    {
        double most = modes.Max(mode => measure.Of(mode)?.Maximum ?? 0);
        string title = Escape($"{measure.Section}: {measure.Name}, {measure.Unit}");
        Line(body, $"""<text x="{Margin}" y="{top + 13}" fill="#222">{title}</text>""");
        foreach (string mode in modes)
        {
            if (measure.Of(mode) is not { } summary)
            {
                continue;
            }

            double scale = BarWidthMaximum / most;
            double width = Math.Max(1, summary.Median * scale);
            string colour = ColourOf(mode, modes);
            int height = BarHeight - 4;
            Line(body, $"""<rect x="{LabelWidth}" y="{top}" width="{width:0}" height="{height}" fill="{colour}"/>""");
            double from = LabelWidth + (summary.Minimum * scale), to = LabelWidth + (summary.Maximum * scale);
            int middle = top + (height / 2);
            Line(body, $"""<path d="M{from:0} {middle}H{to:0}" stroke="#222"/>""");
            double end = LabelWidth + Math.Max(width, summary.Maximum * scale);
            string text = Escape(TextOf(measure, mode, summary));
            Line(body, $"""<text x="{end + 6:0}" y="{top + 12}" fill="#222">{text}</text>""");
            top += BarHeight;
        }

        return top + GroupGap;
    }

    private static string ColourOf(string mode, IReadOnlyList<string> modes)
    {
        if (Colours.TryGetValue(mode, out string? colour))
        {
            return colour;
        }

        int before = modes.TakeWhile(other => other != mode).Count(static other => !Colours.ContainsKey(other));
        return ColoursOfOthers[before % ColoursOfOthers.Length];
    }

    private static string TextOf(Measure measure, string mode, Summary summary)
    {
        string value = string.Create(CultureInfo.InvariantCulture, $"{mode} {summary.Median:#,##0}");
        return mode != Findings.Baseline && measure.Ratio(mode) is { } ratio
            ? string.Create(CultureInfo.InvariantCulture, $"{value} ×{ratio.Median:0.00}")
            : value;
    }

    private static string Escape(string text) => SecurityElement.Escape(text)!;

    private static void Line(StringBuilder body, FormattableString text) =>
        body.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
